import { z } from 'zod'

const text = z.string().trim().min(1)
const problem = (message: string, fix: string) => ({ error: message, params: { fix } })

/** An absolute https address; plain http on this machine alone. */
const address = text.superRefine((value, ctx) => {
  const add = (message: string, fix: string) =>
    ctx.addIssue({ code: 'custom', ...problem(message, fix), message })
  const url = URL.parse(value)
  if (!url)
    return add('is not an absolute URL', 'Write the whole address, for example https://portal.example/')
  if (url.hash) return add('has a fragment (#…)', 'Remove everything from # on.')
  if (value.includes('*'))
    return add('contains a wildcard', 'List each address exactly; wildcards are not supported.')
  if (url.username || url.password)
    return add('contains credentials', 'Remove user name and password from the URL.')
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return add('uses http on a public host', 'Use https. Plain http is accepted for localhost only.')
  }
  if (!['https:', 'http:'].includes(url.protocol))
    return add('is not an https address', 'Use an https address.')
})

export const isLoopback = (host: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(host)

/** An instant with its offset from UTC; a date without one means different moments in different places. */
const instant = text.superRefine((value, ctx) => {
  const complete = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(value)
  if (complete && !Number.isNaN(Date.parse(value))) return
  const message = complete ? 'is not a valid date' : 'is not an instant with a time zone'
  ctx.addIssue({ code: 'custom', message, params: { fix: 'Write it like 2025-04-29T00:00:00+02:00.' } })
})

const reference = text.refine(
  (value) => /^(env|file):.+/.test(value),
  problem('is not a reference', 'Write env:NAME or file:path; a secret never stands in this file.'),
)

/** A SAML entity ID as BundID wants it: its host name goes into every person's name, a port must not be in it. */
const entityId = text.refine(
  (value) => {
    const url = URL.parse(value)
    return url?.protocol === 'https:' && url.port === '' && !/:\d/.test(value) && !url.search && !url.hash
  },
  problem(
    'is not an https address without a port',
    'Write it like https://login.example.de; it can never change.',
  ),
)

/** BundID, or another account of its kind, by SAML. */
const bundid = z.strictObject({
  /** The identity provider's metadata, an XML file in the configuration folder. */
  identity_provider: text,
  entity_id: entityId,
  acs_path: text
    .regex(/^(\/[A-Za-z0-9_-]+)+$/, problem('is not a path', 'Write it like /saml/bundid/acs.'))
    .default('/saml/bundid/acs'),
  signing_key: reference,
  encryption_keys: z.array(reference).min(1).max(2),
  display_name: text.max(50),
  online_service_id: text.regex(
    /^BMI-[AB][0-9]{4,7}$/,
    problem('is not a BMI-ID', 'Write the ID of your online service, for example BMI-A1234.'),
  ),
  binding: z.enum(['post', 'redirect']).default('post'),
  signature_algorithm: z.enum(['rsa-pss-sha256', 'rsa-sha256']).default('rsa-pss-sha256'),
})

const seconds = z.number().int().positive()
const factor = z.enum(['password', 'totp', 'webauthn', 'bundid'])

/** `config/pforte.yaml` */
export const pforteSchema = z.strictObject({
  operator: z.strictObject({
    name: text,
    zone: text.refine(
      isZone,
      problem('is not a known time zone', 'Use an IANA name, for example Europe/Berlin.'),
    ),
    languages: z
      .array(z.enum(['de', 'en']))
      .min(1)
      .default(['de', 'en']),
    logo: text.exactOptional(),
    colors: z
      .record(z.string().regex(/^--[a-z0-9-]+$/), z.string().regex(/^[#a-zA-Z0-9(),.% -]+$/))
      .default({}),
    support: z
      .strictObject({
        phone: text.exactOptional(),
        hours: text.exactOptional(),
        contact_form: address.exactOptional(),
        appointment: address.exactOptional(),
        place: text.exactOptional(),
      })
      .default({}),
    links: z
      .strictObject({
        imprint: address.exactOptional(),
        privacy: address.exactOptional(),
        accessibility: address.exactOptional(),
        plain_language: address.exactOptional(),
        sign_language: address.exactOptional(),
      })
      .default({}),
  }),
  session: z
    .strictObject({ idle: seconds.default(30 * 60), absolute: seconds.default(12 * 3600) })
    .prefault({}),
  refresh_token_lifetime: seconds.default(30 * 24 * 3600),
  totp: z.strictObject({ issuer: text.exactOptional() }).prefault({}),
  bundid: bundid.exactOptional(),
  password: z
    .strictObject({
      memory_kib: z.number().int().min(19_456).default(19_456),
      passes: z.number().int().min(2).default(2),
      parallelism: z.number().int().min(1).default(1),
      queue: z.number().int().min(1).default(200),
    })
    .prefault({}),
})

const requirement = z.strictObject({
  distinct_kinds: z.union([z.literal(1), z.literal(2)]).default(1),
  phishing_resistant: z.boolean().default(false),
  identity: z.enum(['none', 'low', 'substantial', 'high']).default('none'),
  max_age: seconds.exactOptional(),
  factors: z.array(factor).min(1).exactOptional(),
})

/** `config/policy.yaml` */
export const policySchema = z.strictObject({
  levels: z.array(z.strictObject({ acr: text, ...requirement.shape })).min(1),
  rules: z
    .array(
      z.strictObject({
        name: text,
        for: z
          .strictObject({
            groups: z.array(text).min(1).exactOptional(),
            clients: z.array(text).min(1).exactOptional(),
          })
          .default({}),
        demand: z.strictObject({
          acr: text.exactOptional(),
          max_age: seconds.exactOptional(),
          factors: z.array(factor).min(1).exactOptional(),
        }),
        stages: z.strictObject({
          announce: instant.exactOptional(),
          prompt: instant.exactOptional(),
          require: instant.exactOptional(),
        }),
      }),
    )
    .default([]),
})

/** `config/clients/<client_id>.yaml`, in the names of OpenID Connect Dynamic Registration. */
export const clientSchema = z.strictObject({
  client_id: text.regex(/^[A-Za-z0-9._-]+$/),
  name: text,
  redirect_uris: z.array(address).default([]),
  post_logout_redirect_uris: z.array(address).default([]),
  initiate_login_uri: address.exactOptional(),
  client_secret: reference.exactOptional(),
  token_endpoint_auth_method: z
    .enum(['client_secret_basic', 'client_secret_post', 'none'])
    .default('client_secret_basic'),
  grant_types: z
    .array(z.enum(['authorization_code', 'refresh_token', 'client_credentials']))
    .min(1)
    .default(['authorization_code', 'refresh_token']),
  scope: z
    .array(z.enum(['openid', 'offline_access', 'profile', 'email', 'kundennummer', 'groups']))
    .default(['openid']),
  id_token_signed_response_alg: z.enum(['ES256', 'RS256']).default('ES256'),
  min_acr: text.exactOptional(),
  default_acr_values: z.array(text).exactOptional(),
  default_max_age: seconds.exactOptional(),
  factors: z.array(factor).min(1).exactOptional(),
  breadcrumb: z.array(text).default([]),
})

function isZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('de', { timeZone: value })
    return true
  } catch {
    return false
  }
}
