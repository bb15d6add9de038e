import type { Grant, KoaContextWithOIDC } from 'oidc-provider'
import { type ClaimNames, claimsIn } from '../domain/claims.ts'
import type { Consents } from '../journey/ports.ts'
import { consentFor, type Registered } from './clients.ts'

export interface GrantDeps {
  client: (clientId: string) => Registered | undefined
  stores: { consents: Consents }
}

/** What one request would give a client, within what its file allows. */
interface Wanted {
  scopes: string[]
  claims: string[]
  /** Scopes by resource. */
  resources: Record<string, string[]>
}

/**
 * The grant of this account to this client: the session's, or a new one. First-party clients are the operator's own:
 * nobody is asked to consent to their own agency. At others a grant covers what the person has agreed to, now or
 * earlier; without it the library asks.
 */
export async function grantFor(deps: GrantDeps, ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { client, session, provider, account } = ctx.oidc
  const registered = client && deps.client(client.clientId)
  if (!registered || !session || !account) return undefined
  const wanted = wantedBy(ctx, registered.claims)
  const { accountId } = account
  if (!(await agreed(deps, ctx, accountId, registered))) return undefined
  const grantId = session.grantIdFor(registered.clientId)
  const existing = grantId ? await provider.Grant.find(grantId) : undefined
  if (existing && covers(existing, wanted, [...ctx.oidc.requestParamClaims])) return existing
  const grant = existing ?? new provider.Grant({ accountId, clientId: registered.clientId })
  const allowed = new Set(wanted.claims)
  grant.addOIDCScope(wanted.scopes.join(' '))
  grant.addOIDCClaims(wanted.claims)
  grant.rejectOIDCClaims([...ctx.oidc.requestParamClaims].filter((claim) => !allowed.has(claim)))
  for (const [resource, scopes] of Object.entries(wanted.resources))
    grant.addResourceScope(resource, scopes.join(' '))
  await grant.save()
  return grant
}

/**
 * What consent is remembered by: scopes, claims asked for by name as the scope that contains them, APIs. Of proven data,
 * and where a file lets single claims out, each in place of its scope: one that is added later is asked about.
 */
export function consentItems(params: Record<string, unknown>, registered: Registered): string[] {
  const scopes = words(params.scope).filter((scope) => registered.scope.includes(scope))
  const named = claimsNamed(params.claims)
  const containing = registered.scope.filter((scope) =>
    claimsIn(scope, registered.claims).some((claim) => named.has(claim)),
  )
  const resources = [params.resource].flat().filter((one) => typeof one === 'string')
  const apis = resources.filter((one) => registered.resources[one])
  const proven = registered.verifiedClaims?.map((name) => `identity.${name}`) ?? []
  const released = [...scopes, ...containing.filter((scope) => scope !== 'openid')].flatMap((scope) => {
    if (scope === 'identity') return proven
    return registered.claims && !ABOUT_THE_SIGN_IN.has(scope) ? claimsIn(scope, registered.claims) : [scope]
  })
  return [...new Set([...released, ...apis])]
}

const ABOUT_THE_SIGN_IN = new Set(['openid', 'offline_access'])

async function agreed(
  { stores }: GrantDeps,
  { oidc }: KoaContextWithOIDC,
  accountId: string,
  registered: Registered,
): Promise<boolean> {
  const asks = consentFor(registered, { ...oidc.params })
  // The interaction that has just ended was the person's agreement (`interaction.ts`).
  const now = (oidc.result?.consent as { agreed?: boolean } | undefined)?.agreed === true
  if (asks === 'never' || now) return true
  if (asks === 'always') return false
  const given = new Set(await stores.consents.of(accountId, registered.clientId))
  return consentItems({ ...oidc.params }, registered).every((item) => given.has(item))
}

function wantedBy({ oidc }: KoaContextWithOIDC, only: ClaimNames | undefined): Wanted {
  // A claim asked for by name is released only where the client may have a scope that contains it.
  const allowed = new Set(words(oidc.client?.scope).flatMap((scope) => claimsIn(scope, only)))
  const asked = words(oidc.params?.scope)
  return {
    scopes: asked,
    claims: [...oidc.requestParamClaims].filter((claim) => allowed.has(claim)),
    resources: Object.fromEntries(
      Object.entries(oidc.resourceServers ?? {}).map(([resource, { scope }]) => [
        resource,
        words(scope).filter((one) => asked.includes(one)),
      ]),
    ),
  }
}

function covers(grant: Grant, { scopes, resources }: Wanted, claims: readonly string[]): boolean {
  const granted = new Set(grant.getOIDCScope().split(' '))
  const known = new Set(grant.getOIDCClaimsEncountered())
  return (
    scopes.every((scope) => granted.has(scope)) &&
    claims.every((claim) => known.has(claim)) &&
    Object.entries(resources).every(([resource, wanted]) => {
      const has = grant.getResourceScope(resource).split(' ')
      return wanted.every((scope) => has.includes(scope))
    })
  )
}

const words = (value: unknown): string[] =>
  typeof value === 'string' ? value.split(' ').filter(Boolean) : []

function claimsNamed(value: unknown): Set<string> {
  if (typeof value !== 'string') return new Set()
  const { userinfo, id_token } = JSON.parse(value) as { userinfo?: object; id_token?: object }
  return new Set([...Object.keys(userinfo ?? {}), ...Object.keys(id_token ?? {})])
}
