import type { AuditEvent } from '../domain/audit-event.ts'
import type { CodeOutcome, Limit, MailedCodes, MailedFor, Stores } from './ports.ts'

/** Milliseconds a code in a mail works: mail can be slow, and an interaction takes an hour at most. */
const LIFETIME = 30 * 60_000
/** How many mails one holder is sent, wherever they are asked for. */
const MAILS: Limit = { name: 'code:mails', points: 10, seconds: 3600 }
/** Of which strangers at one place can use up half. */
const MAILS_FROM: Limit = { name: 'code:mails-from', points: 5, seconds: 3600 }
/** Wrong codes for one holder, over all mails and places (NIST SP 800-63B-4, 3.2.2: at most 100). */
const GUESSES: Limit = { name: 'code:guesses', points: 100, seconds: 24 * 3600 }

export interface CodeDeps {
  stores: Pick<Stores, 'mailedCodes' | 'attempts' | 'audit'>
  now: () => number
}

/** Who asks, for the audit; `accountId` where there is an account. */
export interface Asker {
  accountId?: string | undefined
  clientId?: string
  requestId: string
  /** Where that is, for the limits; `codes` where the network as a whole is held to one: nobody is known yet. */
  network?: { key: string; codes?: number }
}

/**
 * Mails a new code; what was mailed for the same purpose, holder and place before is void. Returns seconds to wait, 0
 * where the mail is on its way. Without `to` the same is done, but no mail is written: nobody can tell the difference.
 */
export async function sendCode(
  { stores, now }: CodeDeps,
  bound: MailedFor,
  to: Parameters<MailedCodes['send']>[0]['to'],
  { network, ...asker }: Asker,
): Promise<number> {
  const { key, codes } = network ?? { key: bound.place }
  const whose = `${bound.purpose}:${bound.holder}`
  const limits = [
    ...(codes ? [{ limit: { name: 'code:network', points: codes, seconds: 3600 }, of: key }] : []),
    { limit: MAILS_FROM, of: `${whose}:${key}` },
    { limit: MAILS, of: whose },
  ]
  for (const { limit, of } of limits) {
    const wait = await stores.attempts.spend(limit, of, 'durable')
    if (wait > 0) return wait
  }
  const code = { ...bound, expiresAt: now() + LIFETIME, ...(to ? { to } : {}) }
  await stores.mailedCodes.send(code, { ...known(asker), event: 'code.mailed', purpose: bound.purpose })
  return 0
}

/**
 * Whether what was typed is the code that was mailed for this purpose, holder and place. It is right once; after five
 * tries, or half an hour, it is `gone` and a new one must be asked for. Blanks and dashes are passed over.
 */
export async function redeemCode(
  { stores, now }: CodeDeps,
  bound: MailedFor,
  typed: string,
  asker: Asker,
): Promise<CodeOutcome | 'malformed' | 'too_many_attempts'> {
  const { purpose } = bound
  const code = typed.normalize('NFKC').replace(/[\s‐-―-]/g, '')
  if (!/^\d{8}$/.test(code)) return 'malformed'
  const refused = (reason: 'wrong' | 'gone' | 'too_many_attempts'): AuditEvent => ({
    ...known(asker),
    event: 'code.refused',
    purpose,
    reason,
  })
  const key = `${purpose}:${bound.holder}`
  if ((await stores.attempts.spend(GUESSES, key, 'durable')) > 0) {
    await stores.audit.append(refused('too_many_attempts'))
    return 'too_many_attempts'
  }
  const outcome = await stores.mailedCodes.redeem(bound, code, now(), (found) =>
    found === 'right' ? { ...known(asker), event: 'code.redeemed', purpose } : refused(found),
  )
  if (outcome === 'right') await stores.attempts.clear([{ limit: GUESSES, key }], 'durable')
  return outcome
}

const known = ({ accountId, ...rest }: Asker) => (accountId ? { ...rest, accountId } : rest)
