import type { Grant, KoaContextWithOIDC } from 'oidc-provider'
import { CLAIMS_BY_SCOPE } from './claims.ts'

/**
 * The grant of this account to this client: the session's, or a new one. Clients are first-party, entered by the
 * operator in a file that says which scopes they may have; nobody is asked to consent to their own agency.
 */
export async function grantFor(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { client, session, provider, account, params } = ctx.oidc
  if (!client || !session || !account) return undefined
  const scopes = words(params?.scope)
  const claims = [...ctx.oidc.requestParamClaims]
  const grantId = session.grantIdFor(client.clientId)
  const existing = grantId ? await provider.Grant.find(grantId) : undefined
  if (existing && covers(existing, scopes, claims)) return existing
  const grant = existing ?? new provider.Grant({ accountId: account.accountId, clientId: client.clientId })
  const allowed = allowedClaims(words(client.scope))
  grant.addOIDCScope(scopes.join(' '))
  grant.addOIDCClaims(claims.filter((claim) => allowed.has(claim)))
  grant.rejectOIDCClaims(claims.filter((claim) => !allowed.has(claim)))
  await grant.save()
  return grant
}

/** A claim asked for by name is released only where the client may have a scope that contains it. */
const allowedClaims = (scopes: readonly string[]): Set<string> =>
  new Set(scopes.flatMap((scope) => CLAIMS_BY_SCOPE[scope as keyof typeof CLAIMS_BY_SCOPE] ?? []))

function covers(grant: Grant, scopes: readonly string[], claims: readonly string[]): boolean {
  const granted = new Set(grant.getOIDCScope().split(' '))
  const known = new Set(grant.getOIDCClaimsEncountered())
  return scopes.every((scope) => granted.has(scope)) && claims.every((claim) => known.has(claim))
}

const words = (value: unknown): string[] =>
  typeof value === 'string' ? value.split(' ').filter(Boolean) : []
