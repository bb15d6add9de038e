import type { Deps } from './deps.ts'

/** Disconnects an application from an account. False: the account has not been signed in at it. */
export const withdraw = (
  { stores }: Deps,
  accountId: string,
  clientId: string,
  requestId: string,
): Promise<boolean> =>
  stores.connections.withdraw(accountId, clientId, {
    event: 'consent.withdrawn',
    accountId,
    clientId,
    requestId,
  })
