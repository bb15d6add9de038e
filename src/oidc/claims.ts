import type { AccountClaims, Provider } from 'oidc-provider'
import type { Account } from '../domain/account.ts'
import { renamed } from '../domain/claims.ts'
import type { Registered } from './clients.ts'

/** Standard claims of an account; absent ones are left out, never empty. */
export function claimsOf(account: Account): AccountClaims {
  const name = [account.givenName, account.familyName].filter(Boolean).join(' ')
  return {
    sub: account.id,
    preferred_username: account.username,
    locale: account.locale,
    groups: [account.group],
    ...(name ? { name } : {}),
    ...(account.givenName ? { given_name: account.givenName } : {}),
    ...(account.familyName ? { family_name: account.familyName } : {}),
    ...(account.email ? { email: account.email, email_verified: account.emailVerified } : {}),
    ...(account.customerNumber ? { kundennummer: account.customerNumber } : {}),
  }
}

interface ClaimsPrototype {
  result(this: { client: { clientId: string } }): Promise<Record<string, unknown>>
}

/** ID tokens, userinfo and its signed form all pass here: each application gets what its file lets out, as it names it. */
export function nameClaims(provider: Provider, find: (clientId: string) => Registered | undefined): void {
  const prototype = (provider as unknown as { Claims: { prototype: ClaimsPrototype } }).Claims.prototype
  const { result } = prototype
  prototype.result = async function () {
    const claims = await result.call(this)
    const names = find(this.client.clientId)?.claims
    return names ? renamed(claims, names) : claims
  }
}
