import type { Grant, KoaContextWithOIDC } from 'oidc-provider'

/**
 * The grant of this account to this client: the session's, or a new one. Clients are first-party, entered by the
 * operator in a file that says which scopes they may have; nobody is asked to consent to their own agency.
 */
export async function grantFor(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { client, session, provider, account, params } = ctx.oidc
  if (!client || !session || !account) return undefined
  const wanted = typeof params?.scope === 'string' ? params.scope : ''
  const grantId = session.grantIdFor(client.clientId)
  const existing = grantId ? await provider.Grant.find(grantId) : undefined
  if (existing && covers(existing, wanted)) return existing
  const grant =
    existing ?? new provider.Grant({ accountId: account.accountId, clientId: client.clientId })
  grant.addOIDCScope(wanted)
  await grant.save()
  return grant
}

function covers(grant: Grant, scope: string): boolean {
  const granted = new Set(grant.getOIDCScope().split(' '))
  return scope.split(' ').every((one) => granted.has(one))
}
