import type { AdapterPayload } from 'oidc-provider'

/** What the protocol needs to know of a registered client; the settings of a client file fit it. */
export interface Registered {
  clientId: string
  name: string
  redirectUris: readonly string[]
  postLogoutRedirectUris: readonly string[]
  secret?: string
  authMethod: string
  grantTypes: readonly string[]
  scope: readonly string[]
  idTokenAlg: string
  defaultAcrValues?: readonly string[]
  defaultMaxAge?: number
}

/** Client metadata in the names of OpenID Connect Dynamic Registration 1.0, section 2. */
export function metadata(client: Registered): AdapterPayload {
  const { secret, defaultAcrValues, defaultMaxAge } = client
  const signsIn = client.grantTypes.includes('authorization_code')
  return {
    client_id: client.clientId,
    client_name: client.name,
    redirect_uris: [...client.redirectUris],
    post_logout_redirect_uris: [...client.postLogoutRedirectUris],
    response_types: signsIn ? ['code'] : [],
    grant_types: [...client.grantTypes],
    token_endpoint_auth_method: client.authMethod,
    scope: client.scope.join(' '),
    id_token_signed_response_alg: client.idTokenAlg,
    require_auth_time: true,
    ...(secret ? { client_secret: secret } : {}),
    ...(defaultAcrValues ? { default_acr_values: [...defaultAcrValues] } : {}),
    ...(defaultMaxAge === undefined ? {} : { default_max_age: defaultMaxAge }),
  } as AdapterPayload
}

/** The pages of one's own account are a relying party as any other, which no file needs to name. */
export const ACCOUNT_CLIENT = 'pforte-account'

export const accountCallback = (issuer: string): string => `${issuer}/account/callback`

export const accountClient = (issuer: string): Registered => ({
  clientId: ACCOUNT_CLIENT,
  name: ACCOUNT_CLIENT,
  redirectUris: [accountCallback(issuer)],
  postLogoutRedirectUris: [],
  authMethod: 'none',
  grantTypes: ['authorization_code'],
  scope: ['openid'],
  idTokenAlg: 'ES256',
})
