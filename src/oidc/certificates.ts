import type { X509Certificate } from 'node:crypto'
import type { Context } from 'koa'
import type { Configuration } from 'oidc-provider'
import type { CertificateName } from '../domain/certificate-names.ts'

/** What a trusted proxy saw of an application; `verified`: by an authority that the proxy trusts. */
export interface ClientCertificate {
  x509: X509Certificate
  verified: boolean
}

/** Mutual TLS (RFC 8705): the certificate is what `pin.ts` let through, and nothing a request says. */
export const mutualTls: NonNullable<NonNullable<Configuration['features']>['mTLS']> = {
  enabled: true,
  certificateBoundAccessTokens: true,
  selfSignedTlsClientAuth: true,
  tlsClientAuth: true,
  getCertificate: (ctx) => seen(ctx)?.x509,
  certificateAuthorized: (ctx) => seen(ctx)?.verified ?? false,
  certificateSubjectMatches(ctx, property, expected) {
    const certificate = seen(ctx)?.x509
    return certificate !== undefined && namesOf(certificate, property as CertificateName).includes(expected)
  },
}

const seen = (ctx: Context): ClientCertificate | undefined => ctx.state.certificate

const KINDS: Record<Exclude<CertificateName, 'tls_client_auth_subject_dn'>, string> = {
  tls_client_auth_san_dns: 'DNS',
  tls_client_auth_san_uri: 'URI',
  tls_client_auth_san_ip: 'IP Address',
  tls_client_auth_san_email: 'email',
}

function namesOf(certificate: X509Certificate, property: CertificateName): string[] {
  // Node writes the parts as they stand in the certificate, one a line; RFC 4514 the last one first.
  if (property === 'tls_client_auth_subject_dn') return [certificate.subject.split('\n').reverse().join(',')]
  const kind = KINDS[property]
  return alternatives(certificate.subjectAltName ?? '').flatMap(([one, name]) => (one === kind ? name : []))
}

/** Node quotes a name that could pass for several: it is read as the one that it is. */
function alternatives(written: string): [kind: string, name: string][] {
  const entries = written.matchAll(/(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?=, |$)/gy)
  return [...entries].map(([, kind = '', name = '']) => [
    kind,
    name.startsWith('"') ? JSON.parse(name) : name,
  ])
}

/** The same endpoints where the proxy asks for certificates (RFC 8705, 5). */
export function aliases(origin: string): Record<string, string> {
  const paths = {
    token_endpoint: '/token',
    revocation_endpoint: '/revoke',
    introspection_endpoint: '/introspect',
    userinfo_endpoint: '/userinfo',
    pushed_authorization_request_endpoint: '/par',
    device_authorization_endpoint: '/device/authorize',
  }
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, `${origin}${path}`]))
}
