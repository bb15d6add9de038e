import { z } from 'zod'
import { bundid } from './schema-bundid.ts'
import { mail } from './schema-mail.ts'
import { problem, reference, text } from './schema-parts.ts'
import { acr, factors, seconds } from './schema-policy.ts'

/** An absolute https address; plain http on this machine alone. */
const address = text.superRefine((value, ctx) => {
  const add = (message: string, fix: string) =>
    ctx.addIssue({ code: 'custom', ...problem(message, fix), message })
  const url = URL.parse(value)
  if (!url)
    return add('is not an absolute URL', 'Write the whole address, for example https://portal.example/')
  if (value.includes('#')) return add('has a fragment (#…)', 'Remove everything from # on.')
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

/** Scheme and host alone, as browsers report it. */
const origin = address.refine(
  (value) => (URL.parse(value)?.origin ?? value) === value,
  problem('is not an origin', 'Write scheme and host alone, for example https://portal.example'),
)
const support = z.strictObject({
  phone: text.exactOptional().describe('Telephone number, as people should read it.'),
  hours: text.exactOptional().describe('When the telephone is answered.'),
  contact_form: address.exactOptional().describe('Address of a form to write to you.'),
  appointment: address.exactOptional().describe('Address where people book an appointment.'),
  place: text.exactOptional().describe('Where people can come to.'),
})

const links = z.strictObject({
  imprint: address.exactOptional().describe('Impressum.'),
  privacy: address.exactOptional().describe('Datenschutzerklärung.'),
  accessibility: address.exactOptional().describe('Erklärung zur Barrierefreiheit.'),
  plain_language: address.exactOptional().describe('Explanations in Leichte Sprache.'),
  sign_language: address.exactOptional().describe('Explanations in sign language.'),
})

const operator = z.strictObject({
  name: text.describe('Your name, as people know you.'),
  zone: text
    .refine(isZone, problem('is not a known time zone', 'Use an IANA name, for example Europe/Berlin.'))
    .describe('IANA time zone of the dates on pages, for example Europe/Berlin.'),
  languages: z
    .array(z.enum(['de', 'en']))
    .min(1)
    .default(['de', 'en'])
    .describe('Languages of the pages; the first is shown where the browser asks for none of them.'),
  logo: text
    .refine(
      (value) => /\.(svg|png)$/.test(value),
      problem('is not an SVG or PNG file', 'Name a file that ends in .svg or .png.'),
    )
    .exactOptional()
    .describe('Your logo, an SVG or PNG file; the path is relative to the configuration folder.'),
  colors: z
    .record(z.string().regex(/^--[a-z0-9-]+$/), z.string().regex(/^[#a-zA-Z0-9(),.% -]+$/))
    .default({})
    .describe('CSS custom properties of the design and their values.'),
  support: support.default({}).describe('How people reach help; shown on every page.'),
  links: links.default({}).describe('Links at the foot of every page.'),
})

/** `config/pforte.yaml` */
export const pforteSchema = z.strictObject({
  operator: operator.describe('Who runs this provider; shown on every page.'),
  session: z
    .strictObject({
      idle: seconds.default(30 * 60).describe('Seconds without use after which people sign in again.'),
      absolute: seconds.default(12 * 3600).describe('Seconds after which they do in any case.'),
    })
    .refine(
      ({ idle, absolute }) => idle <= absolute,
      problem('idle is longer than absolute', 'Make idle the shorter one.'),
    )
    .prefault({})
    .describe('How long a sign-in lasts.'),
  refresh_token_lifetime: seconds
    .default(30 * 24 * 3600)
    .describe('Seconds for which a refresh token works.'),
  totp: z
    .strictObject({
      issuer: text
        .refine(
          (value) => !value.includes(':'),
          problem('contains a colon', 'Leave it out: apps take it for the end of the name.'),
        )
        .exactOptional()
        .describe('The name under which authenticator apps list the account; else that of the operator.'),
    })
    .prefault({})
    .describe('Codes from an authenticator app.'),
  passkeys: z
    .strictObject({
      related_origins: z
        .array(origin)
        .default([])
        .describe('Further origins of yours on which the same passkeys work (WebAuthn Level 3, 5.11).'),
      unicode_names: z
        .boolean()
        .default(false)
        .describe('Whether names may have letters of every script, and spaces.'),
    })
    .prefault({})
    .describe('Passkeys.'),
  bundid: bundid.exactOptional().describe('BundID by SAML; absent, there is none here.'),
  password: z
    .strictObject({
      min_length: z
        .number()
        .int()
        .min(8)
        .max(64)
        .default(8)
        .describe('Fewest characters of a new one: 8 beside a second factor, 15 alone (NIST SP 800-63B-4).'),
      memory_kib: z.number().int().min(19_456).max(1_048_576).default(19_456).describe('Memory in KiB.'),
      passes: z.number().int().min(2).max(100).default(2).describe('Passes over the memory.'),
      parallelism: z.number().int().min(1).max(9).default(1).describe('Threads per hash.'),
      queue: z
        .number()
        .int()
        .min(1)
        .max(100_000)
        .default(200)
        .describe('Sign-ins that may wait for a hash; beyond it people are asked to try again shortly.'),
    })
    .prefault({})
    .describe(
      'Passwords: their length, and the costs of argon2id. They are hashed anew at sign-in when costs rise.',
    ),
  mail: mail
    .exactOptional()
    .describe('Notices by mail when something changes in an account; none are sent where this is left out.'),
})

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
  .meta({ pattern: CLIENT_ID.source })

/** `config/clients/<client_id>.yaml`, in the names of OpenID Connect Dynamic Registration. */
export const clientSchema = z.strictObject({
  client_id: clientId.describe('The id the application identifies itself by; also the name of this file.'),
  name: text.describe('What people know the application by.'),
  redirect_uris: z
    .array(address)
    .default([])
    .describe('The exact addresses at which the application takes answers. No wildcards.'),
  post_logout_redirect_uris: z
    .array(address)
    .default([])
    .describe('The exact addresses to which people may return after signing out.'),
  initiate_login_uri: address
    .exactOptional()
    .describe('Where people begin anew when a sign-in page has expired.'),
  client_secret: reference
    .exactOptional()
    .describe('Where the secret is: env:NAME, or file:path relative to the configuration folder.'),
  token_endpoint_auth_method: z
    .enum(['client_secret_basic', 'client_secret_post', 'none'])
    .default('client_secret_basic')
    .describe('How the application proves itself; none for one that cannot keep a secret.'),
  grant_types: z
    .array(z.enum(['authorization_code', 'refresh_token', 'client_credentials']))
    .min(1)
    .default(['authorization_code', 'refresh_token'])
    .describe('What the application may do at the token endpoint.'),
  scope: z
    .array(z.enum(['openid', 'offline_access', 'profile', 'email', 'kundennummer', 'groups']))
    .default(['openid'])
    .describe('What the application may ask for.'),
  id_token_signed_response_alg: z
    .enum(['ES256', 'RS256'])
    .default('ES256')
    .describe('How ID tokens are signed.'),
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

function isZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('de', { timeZone: value })
    return true
  } catch {
    return false
  }
}
