import { z } from 'zod'
import { address, problem, text } from './schema-parts.ts'

/** Nothing else that requests carry: these headers are taken out of every request. */
export const header = text
  .refine(
    (value) => /^(x-(?!forwarded-for$)[a-z0-9-]+|client-cert)$/i.test(value),
    problem('is not a header for this', 'Use Client-Cert, or a name that begins with X-.'),
  )
  .transform((value) => value.toLowerCase())

/** `mtls` of `config/pforte.yaml` */
export const mtls = z.strictObject({
  certificate_header: header.describe(
    'Where the proxy writes the certificate: PEM in one line or URL-encoded, or as RFC 9440 says.',
  ),
  verified_header: header.describe(
    'Where it writes SUCCESS, where an authority that it trusts has issued the certificate.',
  ),
  origin: address
    .exactOptional()
    .describe('Scheme and host at which the proxy asks for certificates, where it is another one.'),
})
