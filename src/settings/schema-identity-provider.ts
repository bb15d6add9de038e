import { z } from 'zod'
import { PROVABLE } from '../domain/personal.ts'
import { problem, reference, text } from './schema-parts.ts'

/** A SAML entity ID as BundID wants it: its host name goes into every person's name, a port must not be in it. */
const entityId = text.refine(
  (value) => {
    const url = URL.parse(value)
    return url?.protocol === 'https:' && !/:\d/.test(value) && !url.search && !url.hash
  },
  problem(
    'is not an https address without a port',
    'Write it like https://login.example.de; it can never change.',
  ),
)

const words = z.strictObject({ de: text.describe('In German.'), en: text.describe('In English.') })

/** Keys of people at providers other than BundID, and what their levels are called. */
const others = {
  names: words.exactOptional().describe('What people know it by; BundID needs none.'),
  person_attribute: text
    .exactOptional()
    .describe('The exact name of the attribute that names a person for good; BundID needs none.'),
  levels: z
    .record(text, z.enum(['low', 'substantial', 'high']))
    .refine((value) => Object.keys(value).length > 0, problem('is empty', 'Name at least one level.'))
    .exactOptional()
    .describe('What each AuthnContextClassRef proves (BSI TR-03107-1); BundID needs none.'),
}

/** One account of a state or a company by SAML. */
const identityProvider = z.strictObject({
  ...others,
  metadata: reference.describe("Where the identity provider's metadata is, as XML."),
  entity_id: entityId.describe('Our entity ID. It can never change: everybody would be somebody else.'),
  acs_path: text
    .refine(
      (value) => /^(\/[A-Za-z0-9_-]+){2,}$/.test(value),
      problem('is not a path', 'Write it like /saml/bundid/acs.'),
    )
    .exactOptional()
    .describe('Path at which answers arrive, /saml/<name>/acs where left out; the metadata is beside it.'),
  signing_key: reference.describe('Where the key is that signs requests: PEM, key and certificate in one.'),
  encryption_keys: z
    .array(reference)
    .min(1)
    .max(2)
    .describe('Where the keys are that open answers. The first is published, the second still opens.'),
  display_name: text.max(50).describe('The name people read there.'),
  online_service_id: text
    .refine(
      (value) => /^BMI-[AB][0-9]{4,7}$/.test(value),
      problem('is not a BMI-ID', 'Write the ID of your online service, for example BMI-A1234.'),
    )
    .exactOptional()
    .describe('The BMI-ID of your online service; BundID needs it.'),
  username_mfa: z
    .boolean()
    .default(false)
    .describe(
      'Whether a user name with a second factor at BundID counts as two factors; it proves no identity.',
    ),
  create_accounts: z
    .strictObject({ group: text.describe('The customer group of these accounts.') })
    .exactOptional()
    .describe('Whether people whom no account knows may create one, where their identity is proven.'),
  attributes: z
    .array(z.enum(PROVABLE))
    .default([])
    .describe('What to ask BundID about people, and to keep, for applications that may have it.'),
  binding: z.enum(['post', 'redirect']).default('post').describe('How requests are sent.'),
  signature_algorithm: z
    .enum(['rsa-pss-sha256', 'rsa-sha256'])
    .default('rsa-pss-sha256')
    .describe('How requests are signed.'),
  response_signature: z
    .enum(['required', 'optional'])
    .default('required')
    .describe('Whether the envelope must be signed, too; the assertion in it always is.'),
})

export type IdentityProviderFile = z.output<typeof identityProvider>

/** The name is stored with everybody's credentials: it never changes. */
const name = text.refine(
  (value) => /^[a-z][a-z0-9_]{1,39}$/.test(value) && !['password', 'totp', 'webauthn'].includes(value),
  problem(
    'is not usable as a name',
    'Use small letters, digits and underscores, like mein_unternehmenskonto.',
  ),
)

/** The `identity_providers` block of `config/pforte.yaml`. */
export const identityProviders = z.record(name, identityProvider)
