import { createHash } from 'node:crypto'
import { type Account, loginName } from '../domain/account.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { FactorId } from '../domain/factor.ts'
import type { Network } from './network.ts'
import type { Attempts, Counter, Limit } from './ports.ts'

/** Where an attempt comes from, as the limits see it. */
export interface Origin {
  network: Pick<Network, 'key' | 'guesses'>
  /** Client address as the outermost trusted proxy reports it. */
  address: string
  /** The browser has completed a login of this account before: strangers' failures do not count against it. */
  knownDevice: boolean
}

const QUARTER = 15 * 60
const flood = ({ network }: Origin): Limit => ({ name: 'address', points: network.guesses, seconds: QUARTER })

/** Under which name guesses count while nobody is known: a digest, because what people type can be a password. */
export const subjectNamed = (name: string): string =>
  `name:${createHash('sha256').update(loginName(name)).digest('base64url')}`

/** Every factor is guessed at under the same rules (NIST SP 800-63B-4, 3.2.2: at most 100 in a row). */
function limits(factor: FactorId, subject: string, origin: Origin): Counter[] {
  // Nobody is named: the answer is signed by a credential (a passkey) and cannot be guessed. One count for all such
  // answers would let anybody lock everybody out.
  if (subject === '') return []
  const whose = origin.knownDevice ? 'own' : 'stranger'
  const place = origin.knownDevice ? 'own' : origin.address
  return [
    { limit: { name: `${factor}:recent`, points: 10, seconds: QUARTER }, key: `${subject}:${place}` },
    { limit: { name: `${factor}:row`, points: 100, seconds: 0 }, key: `${subject}:${whose}` },
  ]
}

/**
 * Counts one guess at a factor of `subject` (an account id, or a typed login name where nobody is known, or nothing
 * where none was typed) before it is made, so that parallel requests cannot outrun a limit. Returns seconds to wait,
 * 0 if it may be made.
 */
export async function spend(
  attempts: Attempts,
  factor: FactorId,
  subject: string,
  origin: Origin,
): Promise<number> {
  const wait = await attempts.spend(flood(origin), origin.network.key, 'fast')
  if (wait > 0) return wait
  for (const { limit, key } of limits(factor, subject, origin)) {
    const wait = await attempts.spend(limit, key, 'durable')
    if (wait > 0) return wait
  }
  return 0
}

/** Takes a guess back that was never checked: nobody has learned anything from it. */
export async function unspend(
  attempts: Attempts,
  factor: FactorId,
  subject: string,
  origin: Origin,
): Promise<void> {
  await Promise.all([
    attempts.refund(flood(origin), origin.network.key, 'fast'),
    ...limits(factor, subject, origin).map(({ limit, key }) => attempts.refund(limit, key, 'durable')),
  ])
}

/**
 * After a success: this factor's failures in a row are over, those of strangers too, and the address has none more
 * than before: behind one address of a job centre or a mobile network hundreds of people log in.
 */
export async function forgive(
  attempts: Attempts,
  factor: FactorId,
  subject: string,
  origin: Origin,
): Promise<void> {
  const strangers = limits(factor, subject, { ...origin, knownDevice: false })
  const cleared = origin.knownDevice ? [...limits(factor, subject, origin), ...strangers] : strangers
  await Promise.all([
    attempts.refund(flood(origin), origin.network.key, 'fast'),
    attempts.clear(cleared, 'durable'),
  ])
}

/**
 * For the service desk: all failures at these factors are over, wherever they came from, those counted against the
 * account as well as those against the names it signs in by. False where there were none.
 */
export function pardon(
  attempts: Attempts,
  factors: readonly FactorId[],
  account: Pick<Account, 'id' | 'username' | 'email'>,
  event: AuditEvent,
): Promise<boolean> {
  const anywhere: Origin = { network: { key: '', guesses: 0 }, address: '', knownDevice: false }
  const every = factors.flatMap((factor) => limits(factor, account.id, anywhere).map(({ limit }) => limit))
  const names = [account.username, account.email].filter((name) => name !== undefined)
  return attempts.pardon(every, [account.id, ...names.map(subjectNamed)], event)
}
