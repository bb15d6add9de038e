import { createHash } from 'node:crypto'
import type { Account } from '../domain/account.ts'
import { hasTwoKinds } from '../domain/binding.ts'
import { isEmail } from '../domain/email.ts'
import type { Deps } from './deps.ts'
import { signalOf } from './facts.ts'
import { redeemCode, sendCode } from './mailed-code.ts'
import type { MailedFor } from './ports.ts'

/** Seconds a new address waits for its code. */
const LIFETIME = 30 * 60

/** Whose address changes, and the session in which that happens: a code typed elsewhere is worth nothing. */
export interface Changing {
  account: Account
  sessionUid: string
  requestId: string
}

/**
 * Sends a code to the new address, which counts only once it is typed. Returns what is wrong, or seconds to wait. Where
 * a signal must come before a first factor, a password alone changes no address: the signal would go to the new one.
 */
export async function announceEmail(
  deps: Deps,
  { account, sessionUid, requestId }: Changing,
  typed: string,
): Promise<'malformed' | 'same' | 'one_factor' | number> {
  const address = typed.trim()
  if (!isEmail(address)) return 'malformed'
  if (address === account.email && account.emailVerified) return 'same'
  const held = await deps.stores.credentials.ofAccount(account.id)
  if (signalOf(deps, account, undefined) && !hasTwoKinds(held, [...deps.factors.values()]))
    return 'one_factor'
  await deps.stores.ephemeral.put(keyOf(account.id, sessionUid), address, LIFETIME)
  const to = { accountId: account.id, address }
  return sendCode(deps, boundTo(account.id, sessionUid, address), to, { accountId: account.id, requestId })
}

/** The address that waits for its code. */
export async function announced(
  { stores }: Deps,
  { account, sessionUid }: Changing,
): Promise<string | undefined> {
  const [address] = await stores.ephemeral.get([keyOf(account.id, sessionUid)])
  return address
}

/** Takes the new address over where the code is the one it was sent. */
export async function confirmEmail(deps: Deps, changing: Changing, typed: string) {
  const { account, sessionUid, requestId } = changing
  const address = await announced(deps, changing)
  if (address === undefined) return 'gone'
  const bound = boundTo(account.id, sessionUid, address)
  const outcome = await redeemCode(deps, bound, typed, { accountId: account.id, requestId })
  if (outcome !== 'right') return outcome
  await deps.stores.ephemeral.delete([keyOf(account.id, sessionUid)])
  const event = { event: 'account.email_changed', accountId: account.id, requestId } as const
  return deps.stores.accounts.setEmail(account.id, address, event)
}

const keyOf = (accountId: string, sessionUid: string): string => `new-email:${accountId}:${sessionUid}`

/** The address itself is part of the place: another one needs another code. */
const boundTo = (holder: string, sessionUid: string, address: string): MailedFor => ({
  purpose: 'email',
  holder,
  place: `${sessionUid}:${createHash('sha256').update(address).digest('base64url')}`,
})
