import type { Deps } from './deps.ts'

/** Ends one session. Returns false where the account has none of this name that it has been seen in. */
export function endSession(
  { stores, now }: Deps,
  accountId: string,
  uid: string,
  requestId: string,
): Promise<boolean> {
  return stores.sessions.end(accountId, uid, now(), { event: 'session.ended', accountId, requestId })
}

/** Ends all sessions of the account but the one at hand, with their refresh tokens. */
export const endOtherSessions = (
  { stores, now }: Deps,
  accountId: string,
  keep: string,
  requestId: string,
): Promise<void> =>
  stores.sessions.endOthers(
    accountId,
    { keep, at: now() },
    { event: 'session.others_ended', accountId, requestId },
  )
