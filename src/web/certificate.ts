import { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { ClientCertificate } from '../oidc/provider.ts'

/** Headers in which a proxy that ends TLS hands on whose certificate it saw, and whether it knows the authority. */
export interface CertificateHeaders {
  certificate: string
  verified: string
}

/**
 * Takes both headers out of the request, whoever sent them; believes them from a trusted proxy alone. A certificate
 * that cannot be read, that stands there twice or that is out of date is none.
 */
export function takeCertificate(
  { headers }: IncomingMessage,
  names: CertificateHeaders,
  trusted: boolean,
  now = Date.now(),
): ClientCertificate | undefined {
  const [written, verified] = [headers[names.certificate], headers[names.verified]]
  delete headers[names.certificate]
  delete headers[names.verified]
  if (!trusted || typeof written !== 'string') return undefined
  const x509 = parse(written)
  if (!x509 || Date.parse(x509.validFrom) > now || Date.parse(x509.validTo) < now) return undefined
  return { x509, verified: verified === 'SUCCESS' }
}

/** `:base64:` of RFC 9440, or PEM as nginx (URL-encoded) and Apache (in one line) write it. */
function parse(written: string): X509Certificate | undefined {
  try {
    const text = written.includes('%') ? decodeURIComponent(written) : written
    const encoded = text
      .trim()
      .replace(/^:|:$/g, '')
      .replace(/-----(BEGIN|END) CERTIFICATE-----/g, '')
      .replace(/\s/g, '')
    return /^[A-Za-z0-9+/]+=*$/.test(encoded)
      ? new X509Certificate(Buffer.from(encoded, 'base64'))
      : undefined
  } catch {
    return undefined
  }
}
