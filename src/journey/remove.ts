import type { Account } from '../domain/account.ts'
import { demandsAhead, mayRemove } from '../domain/removal.ts'
import type { Deps } from './deps.ts'

/**
 * Removes a credential of this account, unless the account would then be unable to meet what may be demanded of it at
 * its next login (`needed`). That the person has proven enough to do so, the caller has seen to. All sessions end but
 * the one at hand.
 */
export async function remove(
  deps: Deps,
  account: Account,
  credentialId: string,
  requestId: string,
  sessionUid: string,
): Promise<'removed' | 'unknown' | 'needed'> {
  const { credentials } = deps.stores
  const credential = (await credentials.ofAccount(account.id)).find((c) => c.id === credentialId)
  if (!credential) return 'unknown'
  const demands = demandsAhead(deps.policy(), account, deps.clients(), deps.now())
  const factors = [...deps.factors.values()]
  return credentials.remove(
    credentialId,
    account.id,
    (held) => mayRemove(held, credentialId, factors, demands),
    { event: 'factor.removed', factor: credential.factor, credentialId, accountId: account.id, requestId },
    { keep: sessionUid, at: deps.now() },
  )
}
