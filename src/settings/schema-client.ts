import { z } from 'zod'
import { PERSONAL } from '../domain/claims.ts'
import { PROVABLE } from '../domain/personal.ts'
import { GRANT_TYPES, METHODS, PROFILES } from './profiles.ts'
import { address, problem, reference, returnAddress, scopeName, text } from './schema-parts.ts'
import { acr, factors, seconds } from './schema-policy.ts'

const CLIENT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

/** Safe as the name of a file everywhere. */
const clientId = text
  .refine(
    (value) => CLIENT_ID.test(value),
    problem(
      'is not usable as an id',
      'Use up to 100 letters, digits, dots, dashes and underscores, first a letter or digit.',
    ),
  )
  .refine(
    (value) => value !== 'pforte-account',
    problem('is the id of the account pages', 'Choose another one.'),
  )
  .meta({ pattern: CLIENT_ID.source })

/** What tokens say of themselves and of the sign-in (RFC 7519, 4.1; OIDC Core, 2; RFC 9068, 2.2). */
const RESERVED = new Set(
  'iss sub aud exp iat nbf jti azp nonce sid acr amr auth_time at_hash c_hash s_hash scope client_id cnf act'.split(
    ' ',
  ),
)

const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'priv']

/** A public JSON Web Key (RFC 7517). */
const jwk = z
  .looseObject({
    kty: z.enum(['EC', 'RSA', 'OKP']).describe('Kind of key.'),
    kid: text.describe('Name of the key; another key needs another name.'),
  })
  .refine(
    (key) => !PRIVATE.some((part) => part in key),
    problem('is a private key', 'Keep the private key at the application; list the public one here.'),
  )

/** An application's own name for a claim. What a name means elsewhere in a token is not for it to say. */
const claimName = text.refine(
  (value) => /^[A-Za-z][A-Za-z0-9_:./-]{0,99}$/.test(value) && !RESERVED.has(value),
  problem(
    'is not usable as the name of a claim',
    'Use letters, digits and _:./- and no name that tokens need.',
  ),
)

/** `config/clients/<client_id>.yaml`, in the names of OpenID Connect Dynamic Registration. */
export const clientSchema = z.strictObject({
  client_id: clientId.describe('The id the application identifies itself by; also the name of this file.'),
  name: text.describe('What people know the application by.'),
  profile: z
    .enum(PROFILES)
    .default('web')
    .describe('Kind of application; sets safe defaults for everything that is left out.'),
  redirect_uris: z
    .array(returnAddress)
    .default([])
    .describe('The exact addresses at which the application takes answers. No wildcards.'),
  post_logout_redirect_uris: z
    .array(returnAddress)
    .default([])
    .describe('The exact addresses to which people may return after signing out.'),
  initiate_login_uri: address
    .exactOptional()
    .describe('Where people begin anew when a sign-in page has expired.'),
  backchannel_logout_uri: address
    .exactOptional()
    .describe('Where the application is told that a person has signed out.'),
  client_secret: reference
    .exactOptional()
    .describe('Where the secret is: env:NAME, or file:path relative to the configuration folder.'),
  client_secret_next: reference
    .exactOptional()
    .describe('Where a second secret is, which works as well, so that the first can be replaced.'),
  jwks: z
    .strictObject({ keys: z.array(jwk).min(1).describe('The keys.') })
    .exactOptional()
    .describe('Public keys of the application, for private_key_jwt and signed requests.'),
  jwks_uri: address.exactOptional().describe('Where the application publishes them, instead.'),
  token_endpoint_auth_method: z
    .enum(METHODS)
    .exactOptional()
    .describe('How the application proves itself; none for one that cannot keep a secret.'),
  tls_client_auth_subject_dn: text
    .exactOptional()
    .describe(
      'For tls_client_auth: the subject of its certificate (RFC 4514), for example CN=abgleich,O=Amt,C=DE.',
    ),
  tls_client_auth_san_dns: text.exactOptional().describe('Or a DNS name in its certificate.'),
  tls_client_auth_san_uri: text.exactOptional().describe('Or an address in its certificate.'),
  tls_client_auth_san_ip: text.exactOptional().describe('Or an IP address in its certificate.'),
  tls_client_auth_san_email: text.exactOptional().describe('Or an e-mail address in its certificate.'),
  tls_client_certificate_bound_access_tokens: z
    .boolean()
    .exactOptional()
    .describe('Whether tokens are bound to its certificate (RFC 8705, 3).'),
  grant_types: z
    .array(z.enum(GRANT_TYPES))
    .min(1)
    .exactOptional()
    .describe('What the application may do at the token endpoint.'),
  scope: z
    .array(z.enum(['openid', 'offline_access', 'profile', 'email', 'kundennummer', 'groups', 'identity']))
    .default(['openid'])
    .describe('What the application may ask for.'),
  verified_claims: z
    .array(z.enum(PROVABLE))
    .min(1)
    .exactOptional()
    .describe('What it may have of what BundID says of people, with the scope identity.'),
  claims: z
    .record(claimName, z.enum(PERSONAL))
    .exactOptional()
    .describe(
      'The only claims about a person that it gets, each by its own name for it: kdnr: kundennummer.',
    ),
  resources: z
    .record(text, z.array(scopeName))
    .default({})
    .describe('The APIs it may ask access to, each with the scopes it may have there.'),
  authorization_details_types: z
    .array(text)
    .exactOptional()
    .describe('What it may ask people for in detail: types of authorization_details in pforte.yaml.'),
  token_exchange_from: z
    .array(text)
    .min(1)
    .exactOptional()
    .describe(
      'The APIs that this application is: tokens that came for them it may exchange for those of resources.',
    ),
  id_token_signed_response_alg: z
    .enum(['ES256', 'RS256'])
    .default('ES256')
    .describe('How ID tokens are signed.'),
  pkce: z
    .enum(['required', 'optional'])
    .default('required')
    .describe('Whether codes must be bound by PKCE; optional only for old applications with a secret.'),
  require_pushed_authorization_requests: z
    .boolean()
    .exactOptional()
    .describe('Whether requests must be pushed first (RFC 9126).'),
  require_signed_request_object: z
    .boolean()
    .default(false)
    .describe('Whether requests must be signed (RFC 9101).'),
  message_signing: z
    .boolean()
    .exactOptional()
    .describe(
      'With fapi2: whether requests must be signed and answers asked for signed (FAPI 2.0 Message Signing).',
    ),
  dpop_bound_access_tokens: z
    .boolean()
    .exactOptional()
    .describe('Whether tokens must be bound to a key of the application (RFC 9449).'),
  subject_type: z
    .enum(['public', 'pairwise'])
    .default('public')
    .describe('pairwise: the application knows people by a sub that no other application sees.'),
  access_token_lifetime: seconds.exactOptional().describe('Seconds for which an access token works.'),
  refresh_token_lifetime: seconds
    .exactOptional()
    .describe('Seconds after which people sign in anew at the latest.'),
  first_party: z
    .boolean()
    .default(true)
    .describe('false: people are asked whether the application may have their data.'),
  purpose: z
    .strictObject({
      de: text.describe('In German.'),
      en: text.describe('In English.'),
    })
    .exactOptional()
    .describe('What a third-party application needs the data for; shown when people are asked.'),
  min_acr: acr.exactOptional().describe('The level this application always demands, joined with policy.'),
  default_acr_values: z
    .array(acr)
    .exactOptional()
    .describe('The levels asked for where a request names none.'),
  default_max_age: seconds
    .exactOptional()
    .describe('Seconds after which a sign-in is too old, where a request says nothing.'),
  factors: factors.describe('The only factors that count at this application.'),
  breadcrumb: z.array(text).default([]).describe('Shown above its sign-in page, before „Anmeldung“.'),
})

export type ClientFile = z.output<typeof clientSchema>
