/**
 * Which claims a scope releases (OIDC Core 5.4); `kundennummer` and `groups` are the portal's, `identity` is what an
 * authority vouches for: which part of it, is said by itself (`personal.ts`).
 */
export const CLAIMS_BY_SCOPE = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale'],
  email: ['email', 'email_verified'],
  kundennummer: ['kundennummer'],
  groups: ['groups'],
  identity: ['verified_claims'],
} as const

/** What is said of a person, and not of the sign-in. */
export const PERSONAL = [
  ...CLAIMS_BY_SCOPE.profile,
  ...CLAIMS_BY_SCOPE.email,
  ...CLAIMS_BY_SCOPE.kundennummer,
  ...CLAIMS_BY_SCOPE.groups,
] as const
export type Personal = (typeof PERSONAL)[number]

/** The only claims about a person that an application gets: its own name for each, and what it is. */
export type ClaimNames = Readonly<Record<string, Personal>>

/** The claims of a scope, as far as `only` lets them out. */
export function claimsIn(scope: string, only?: ClaimNames): readonly string[] {
  const claims = Object.hasOwn(CLAIMS_BY_SCOPE, scope)
    ? CLAIMS_BY_SCOPE[scope as keyof typeof CLAIMS_BY_SCOPE]
    : []
  const out = only && new Set<string>(Object.values(only))
  return out && scope !== 'openid' ? claims.filter((claim) => out.has(claim)) : claims
}

/** What was found, in the application's own names; what is said of the sign-in keeps its name. */
export function renamed(claims: Record<string, unknown>, only: ClaimNames): Record<string, unknown> {
  const personal = new Set<string>(PERSONAL)
  const kept = Object.entries(claims).filter(([name]) => !personal.has(name))
  const named = Object.entries(only).filter(([, source]) => source in claims)
  return Object.fromEntries([...kept, ...named.map(([name, source]) => [name, claims[source]] as const)])
}
