import { z } from 'zod'
import { address, problem, reference, text } from './schema-parts.ts'

/** Scheme and host alone, as browsers report it. */
const origin = address.refine(
  (value) => (URL.parse(value)?.origin ?? value) === value,
  problem('is not an origin', 'Write scheme and host alone, for example https://portal.example'),
)

const models = z.strictObject({
  groups: z
    .array(text)
    .min(1)
    .exactOptional()
    .describe('Customer groups that are held to it; all where this is left out.'),
  allowed: z
    .array(
      z.strictObject({
        aaguid: text
          .refine(
            (value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value),
            problem('is not an AAGUID', 'Write it like 2fc0579f-8113-47ea-b116-bb5a8db9202a.'),
          )
          .toLowerCase()
          .describe('Its identifier (WebAuthn Level 3, AAGUID), from the maker.'),
        roots: reference.describe(
          'Root certificates of its maker, PEM: file: and a path in the configuration folder, or env:NAME.',
        ),
      }),
    )
    .min(1)
    .describe('They must prove what they are by an attestation of the format "packed".'),
})

/** `passkeys` in `pforte.yaml` */
export const passkeys = z.strictObject({
  related_origins: z
    .array(origin)
    .default([])
    .describe('Further origins of yours on which the same passkeys work (WebAuthn Level 3, 5.11).'),
  unicode_names: z
    .boolean()
    .default(false)
    .describe('Whether names may have letters of every script, and spaces.'),
  models: models.exactOptional().describe('The only models of authenticators for new passkeys.'),
})
