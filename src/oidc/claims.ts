import type { AccountClaims } from 'oidc-provider'
import type { Account } from '../domain/account.ts'

/**
 * Which claims a scope releases (OIDC Core 5.4); `kundennummer` and `groups` are the portal's, `identity` is what an
 * authority vouches for (`verified-claims.ts`).
 */
export const CLAIMS_BY_SCOPE = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale'],
  email: ['email', 'email_verified'],
  kundennummer: ['kundennummer'],
  groups: ['groups'],
  identity: ['verified_claims'],
}

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
