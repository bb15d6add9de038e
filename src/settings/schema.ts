import { z } from 'zod'
import { desk } from './schema-desk.ts'
import { authorizationDetails } from './schema-details.ts'
import { registration, requestLimits, sites } from './schema-entry.ts'
import { identityProviders } from './schema-identity-provider.ts'
import { mail } from './schema-mail.ts'
import { header, mtls } from './schema-mtls.ts'
import { address, problem, scopeName, text } from './schema-parts.ts'
import { passkeys } from './schema-passkeys.ts'
import { seconds } from './schema-policy.ts'
import { clientRegistration } from './schema-registration.ts'

export { clientSchema } from './schema-client.ts'

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
  signing_keys: z
    .strictObject({
      rotate_after_days: z
        .number()
        .int()
        .min(1)
        .max(3_650)
        .default(90)
        .describe('Days after which another key signs.'),
      publish_ahead_hours: z
        .number()
        .int()
        .min(1)
        .max(720)
        .default(24)
        .describe('Hours for which it is published before: as long as applications keep the key set.'),
    })
    .refine(
      ({ rotate_after_days: days, publish_ahead_hours: hours }) => hours < days * 24,
      problem('publish_ahead_hours is as long as a key signs', 'Make it shorter than rotate_after_days.'),
    )
    .prefault({})
    .describe('Keys that sign tokens. They are made and replaced by themselves.'),
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
      most: z
        .number()
        .int()
        .min(1)
        .max(5)
        .default(3)
        .describe(
          'How many apps one account may have; each code that is guessed may be that of any of them.',
        ),
    })
    .prefault({})
    .describe('Codes from an authenticator app.'),
  passkeys: passkeys.prefault({}).describe('Passkeys.'),
  identity_providers: identityProviders
    .default({})
    .describe('BundID, and accounts of its kind, by SAML; each is a way to sign in.'),
  password: z
    .strictObject({
      min_length: z
        .number()
        .int()
        .min(8)
        .max(64)
        .default(8)
        .describe('Fewest characters of a new one where a second factor is demanded (NIST SP 800-63B-4).'),
      min_length_alone: z
        .number()
        .int()
        .min(8)
        .max(64)
        .default(15)
        .describe('Fewest characters where none is demanded: 15 by NIST SP 800-63B-4.'),
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
  account_deletion: z
    .strictObject({
      self_service: z
        .boolean()
        .default(true)
        .describe(
          'Whether people may delete their accounts themselves; else "pforte accounts erase" alone does.',
        ),
      cooling_off_days: z
        .number()
        .int()
        .min(0)
        .max(365)
        .default(14)
        .describe('Days until an account is erased, within which a sign-in takes that back; 0: at once.'),
    })
    .prefault({})
    .describe('Deletion of accounts at the wish of their owners.'),
  audit: z
    .strictObject({
      keep_months: z
        .number()
        .int()
        .min(1)
        .max(1_200)
        .describe('Whole months for which its rows are kept; older months are removed by themselves.'),
    })
    .exactOptional()
    .describe('The audit trail; where this is left out, all of it is kept. Read at start.'),
  mail: mail
    .exactOptional()
    .describe('Notices by mail when something changes in an account; none are sent where this is left out.'),
  registration: registration
    .exactOptional()
    .describe('Whether people may make accounts for themselves; nobody may where this is left out.'),
  sites: sites.describe('Places where many people share an address, with limits of their own.'),
  request_limits: requestLimits
    .prefault({})
    .describe('Requests that one process answers in a minute; beyond them it says 429.'),
  desk: desk
    .exactOptional()
    .describe('Pages on which staff help people set up what they sign in with; none without. Read at start.'),
  mtls: mtls
    .exactOptional()
    .describe(
      'Certificates by which applications prove themselves (RFC 8705), as a trusted proxy hands them on. Read at start.',
    ),
  workplaces: z
    .strictObject({
      header: header.describe('With which, whatever its value, a trusted proxy marks their requests.'),
    })
    .exactOptional()
    .describe('Computers that one person after the other uses and a proxy knows. Read at start.'),
  authorization_details: authorizationDetails
    .exactOptional()
    .describe(
      'What people may be asked for in detail (RFC 9396): types, each with its API and its actions. Read at start.',
    ),
  client_registration: clientRegistration
    .exactOptional()
    .describe(
      'Applications that register themselves (RFC 7591), each by a token; absent, none do. Read at start.',
    ),
  resources: z
    .array(
      z.strictObject({
        identifier: address.describe(
          'Its address, as applications name it (RFC 8707); the aud of its tokens.',
        ),
        name: text.describe('What people know it by.'),
        scopes: z.array(scopeName).min(1).describe('What there is to be allowed.'),
        access_token_lifetime: seconds
          .max(3600)
          .default(300)
          .describe('Seconds for which a token works; it cannot be called back before.'),
      }),
    )
    .default([])
    .describe('APIs that accept signed access tokens of this provider (RFC 9068).'),
  outbound: z
    .strictObject({
      private_hosts: z
        .array(text)
        .default([])
        .describe('Hosts (with port) that may be called although their addresses are private.'),
    })
    .prefault({})
    .describe('Calls to applications: their jwks_uri and backchannel_logout_uri.'),
})

function isZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('de', { timeZone: value })
    return true
  } catch {
    return false
  }
}
