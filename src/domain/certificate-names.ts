/** Which field of a certificate names an application (RFC 8705, 2.1.2); the metadata and the client files say it alike. */
export const CERTIFICATE_NAMES = [
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
] as const
export type CertificateName = (typeof CERTIFICATE_NAMES)[number]
