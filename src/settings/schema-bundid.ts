import { z } from 'zod'
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

/** BundID by SAML: the `bundid` block of `config/pforte.yaml`. */
export const bundid = z.strictObject({
  identity_provider: reference.describe("Where the identity provider's metadata is, as XML."),
  entity_id: entityId.describe('Our entity ID. It can never change: everybody would be somebody else.'),
  acs_path: text
    .refine(
      (value) => /^(\/[A-Za-z0-9_-]+){2,}$/.test(value),
      problem('is not a path', 'Write it like /saml/bundid/acs.'),
    )
    .default('/saml/bundid/acs')
    .describe('Path at which answers arrive; the metadata is beside it.'),
  signing_key: reference.describe('Where the key is that signs requests: PEM, key and certificate in one.'),
  encryption_keys: z
    .array(reference)
    .min(1)
    .max(2)
    .describe('Where the keys are that open answers. The first is published, the second still opens.'),
  display_name: text.max(50).describe('The name people read at BundID.'),
  online_service_id: text
    .refine(
      (value) => /^BMI-[AB][0-9]{4,7}$/.test(value),
      problem('is not a BMI-ID', 'Write the ID of your online service, for example BMI-A1234.'),
    )
    .describe('The BMI-ID of your online service.'),
  binding: z.enum(['post', 'redirect']).default('post').describe('How requests are sent.'),
  signature_algorithm: z
    .enum(['rsa-pss-sha256', 'rsa-sha256'])
    .default('rsa-pss-sha256')
    .describe('How requests are signed.'),
})
