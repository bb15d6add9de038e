import type { AdapterPayload } from 'oidc-provider'
import type { ClaimNames } from '../domain/claims.ts'
import type { AttributeName } from '../domain/personal.ts'

/** What the protocol needs to know of a registered client; the settings of a client file fit it. */
export interface Registered {
  clientId: string
  name: string
  profile: string
  redirectUris: readonly string[]
  postLogoutRedirectUris: readonly string[]
  backchannelLogoutUri?: string
  secret?: string
  /** Works as well as `secret`. */
  nextSecret?: string
  /** Public keys of the client, or where it publishes them. */
  keys?: { jwks: { keys: object[] } } | { jwksUri: string }
  authMethod: string
  grantTypes: readonly string[]
  scope: readonly string[]
  /** Where given, no other claims of a person are released. */
  claims?: ClaimNames
  /** Scopes by resource. */
  resources: Readonly<Record<string, readonly string[]>>
  /** It is these APIs: tokens for them it may exchange. */
  exchanges?: readonly string[]
  /** Types of authorization details that it may ask for. */
  details?: readonly string[]
  idTokenAlg: string
  pkce: 'required' | 'optional'
  pushedRequests: boolean
  signedRequests: boolean
  /** Answers must be asked for signed (JARM). */
  signedAnswers?: boolean
  dpop: boolean
  /** Which name in its certificate is the application's. */
  certificateName?: readonly [property: string, value: string]
  /** Tokens are bound to its certificate. */
  certificateBound?: boolean
  pairwise: boolean
  /** Seconds. */
  accessTokenLifetime: number
  refreshTokenLifetime?: number
  /** People are not asked for consent. */
  firstParty: boolean
  /** What of the proven data of people it may have, with the scope `identity`. */
  verifiedClaims?: readonly AttributeName[]
  defaultAcrValues?: readonly string[]
  defaultMaxAge?: number
}

/** Client metadata in the names of OpenID Connect Dynamic Registration 1.0, section 2. */
export function metadata(client: Registered): AdapterPayload {
  const { secret, keys, defaultAcrValues, defaultMaxAge, backchannelLogoutUri } = client
  const signsIn = client.grantTypes.includes('authorization_code')
  return {
    client_id: client.clientId,
    client_name: client.name,
    application_type: client.profile === 'native' ? 'native' : 'web',
    redirect_uris: [...client.redirectUris],
    post_logout_redirect_uris: [...client.postLogoutRedirectUris],
    response_types: signsIn ? ['code'] : [],
    grant_types: [...client.grantTypes],
    token_endpoint_auth_method: client.authMethod,
    scope: client.scope.join(' '),
    subject_type: client.pairwise ? 'pairwise' : 'public',
    id_token_signed_response_alg: client.idTokenAlg,
    authorization_signed_response_alg: client.idTokenAlg,
    introspection_signed_response_alg: client.idTokenAlg,
    require_auth_time: signsIn,
    require_pushed_authorization_requests: client.pushedRequests,
    require_signed_request_object: client.signedRequests,
    dpop_bound_access_tokens: client.dpop,
    ...(keys && ('jwks' in keys ? { jwks: keys.jwks } : { jwks_uri: keys.jwksUri })),
    ...(client.certificateName ? { [client.certificateName[0]]: client.certificateName[1] } : {}),
    ...(client.details ? { authorization_details_types: [...client.details] } : {}),
    ...(client.certificateBound ? { tls_client_certificate_bound_access_tokens: true } : {}),
    ...(secret ? { client_secret: secret } : {}),
    ...(backchannelLogoutUri
      ? { backchannel_logout_uri: backchannelLogoutUri, backchannel_logout_session_required: true }
      : {}),
    ...(defaultAcrValues ? { default_acr_values: [...defaultAcrValues] } : {}),
    ...(defaultMaxAge === undefined ? {} : { default_max_age: defaultMaxAge }),
  } as AdapterPayload
}

/** Pages of ours are relying parties as any other, which no file needs to name: one's own account, the service desk. */
export const ACCOUNT_CLIENT = 'pforte-account'
export const DESK_CLIENT = 'pforte-desk'
const PATHS: Readonly<Record<string, string>> = { [ACCOUNT_CLIENT]: '/account', [DESK_CLIENT]: '/desk' }

export const isOurs = (clientId: string): boolean => Object.hasOwn(PATHS, clientId)

export const ownCallback = (issuer: string, clientId: string): string =>
  `${issuer}${PATHS[clientId]}/callback`

export const ownClient = (issuer: string, clientId: string): Registered => ({
  clientId,
  name: clientId,
  profile: 'web',
  redirectUris: [ownCallback(issuer, clientId)],
  postLogoutRedirectUris: [],
  authMethod: 'none',
  grantTypes: ['authorization_code'],
  scope: ['openid'],
  resources: {},
  idTokenAlg: 'ES256',
  pkce: 'required',
  pushedRequests: false,
  signedRequests: false,
  dpop: false,
  pairwise: false,
  accessTokenLifetime: 600,
  firstParty: true,
})

/**
 * Whether a person is asked before an application gets anything: once, where it is somebody else's; each time, where
 * nobody can tell who it is, because its answers go to an address that any program may take (RFC 8252, 8.6), or where it
 * asks for something in detail.
 */
export function consentFor(
  client: Registered,
  { redirect_uri: redirectUri, authorization_details: details }: Record<string, unknown>,
): 'never' | 'once' | 'always' {
  if (details) return 'always'
  const claimed = typeof redirectUri !== 'string' || redirectUri.startsWith('https:')
  if (client.profile === 'native' && !claimed) return 'always'
  return client.firstParty ? 'never' : 'once'
}
