import { randomBytes, randomInt } from 'node:crypto'
import type { Account } from '../domain/account.ts'
import { AppError } from '../domain/errors.ts'
import type { Answer, Factor, Hint, Rejection, Show } from '../domain/factor.ts'
import type { Machine } from '../domain/machine.ts'
import { heard } from '../domain/spoken.ts'
import { open, type Place, take } from './ceremony.ts'
import type { Deps } from './deps.ts'
import { type AtPhone, HANDOVER, phoneKey } from './handover.ts'
import { inGoodStanding } from './identify.ts'
import type { Network } from './network.ts'
import type { Handover, Limit } from './ports.ts'

/** Codes typed in one network: a job centre has forty people at a time. */
const TYPED: Limit = { name: 'handover:typed', points: 100, seconds: 15 * 60 }

/** A phone at which somebody sets up one factor for one account, and nothing else. */
export interface PhoneVisit {
  handover: Handover
  account: Account
  factor: Factor
  state: AtPhone | undefined
}

/** Takes the code, once. The secret is the phone's; undefined where the code is wrong, taken or too old. */
export async function join(
  deps: Deps,
  typed: string,
  from: { on: Machine; network: Network; requestId: string },
): Promise<{ secret: string | undefined } | { wait: number }> {
  const wait = await deps.stores.attempts.spend(TYPED, from.network.key, 'durable')
  if (wait > 0) return { wait }
  const secret = randomBytes(32).toString('base64url')
  const joined = await deps.stores.handovers.join(
    heard(typed),
    { secret, on: from.on },
    deps.now(),
    (accountId) => ({ event: 'phone.joined', accountId, requestId: from.requestId }),
  )
  if (joined) await deps.stores.attempts.refund(TYPED, from.network.key, 'durable')
  return { secret: joined ? secret : undefined }
}

/** Undefined where there is nothing to do here: it is over, was stopped at the other device, or the account is locked. */
export async function atPhone(deps: Deps, secret: string): Promise<PhoneVisit | undefined> {
  const handover = await deps.stores.handovers.atPhone(secret, deps.now())
  if (!handover) return undefined
  const [account, [raw]] = await Promise.all([
    deps.stores.accounts.byId(handover.accountId),
    deps.stores.ephemeral.get([phoneKey(handover.id)]),
  ])
  const factor = deps.factors.get(handover.factor)
  if (!account || account.locked || !factor) return undefined
  return { handover, account, factor, state: raw === undefined ? undefined : (JSON.parse(raw) as AtPhone) }
}

/** The person has seen whose set-up it is. */
export const agree = (deps: Deps, { handover: { id } }: PhoneVisit): Promise<void> =>
  keep(deps, id, { agreed: true })

/** The page that sets the factor up, the same again after a reload or a lost network. */
export async function showAtPhone(deps: Deps, visit: PhoneVisit, language: string): Promise<Show> {
  const { account, factor } = visit
  const credentials = await deps.stores.credentials.ofAccount(account.id)
  const existing = inGoodStanding(credentials, factor.id)
  const begin = () => factor.beginEnrolment(account, existing, { language })
  return open(placeOf(deps, visit), factor, 'enrol', begin, language)
}

export type PhoneOutcome = { ok: true } | { ok: false; reason: Rejection; hint: Hint | undefined }

/** Checks the answer and keeps what would be set up, until the number is typed at the other device. */
export async function answerAtPhone(deps: Deps, visit: PhoneVisit, given: Answer): Promise<PhoneOutcome> {
  const { factor, handover, state } = visit
  if (!state?.agreed || state.number) throw new AppError('not_permitted_now')
  const ceremony = await take(placeOf(deps, visit), factor, 'enrol')
  if (!ceremony) return { ok: false, reason: 'expired', hint: undefined }
  const verdict = await factor.finishEnrolment(ceremony.state, given)
  if (!verdict.ok) {
    await ceremony.release(verdict.retry)
    return { ok: false, reason: verdict.reason, hint: verdict.hint }
  }
  if (!(await ceremony.spend())) return { ok: false, reason: 'replayed', hint: undefined }
  const number = String(randomInt(10 ** 6)).padStart(6, '0')
  await keep(deps, handover.id, { agreed: true, enrolled: verdict.value, number })
  await deps.stores.handovers.finish(handover.id, number)
  return { ok: true }
}

/** The person breaks off: nothing is set up. */
export async function leavePhone(deps: Deps, { handover: { id } }: PhoneVisit): Promise<void> {
  await deps.stores.handovers.drop(id)
  await deps.stores.ephemeral.delete([phoneKey(id)])
}

const keep = (deps: Deps, id: string, state: AtPhone): Promise<void> =>
  deps.stores.ephemeral.put(phoneKey(id), JSON.stringify(state), HANDOVER / 1000)

const placeOf = ({ stores, now }: Deps, { handover, account }: PhoneVisit): Place => ({
  ephemeral: stores.ephemeral,
  cid: phoneKey(handover.id),
  accountId: account.id,
  now: now(),
})
