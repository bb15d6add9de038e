import type { AttributeName } from '../../domain/personal.ts'
import type { Level } from './meaning.ts'

/** How an identity provider that is not BundID speaks of people. */
export interface Dialect {
  /** The exact name of the attribute that names a person for good. */
  person: string
  /** What each AuthnContextClassRef is worth; others are refused. */
  levels: Readonly<Record<string, Exclude<Level, 1>>>
}

/** One identity provider, from its metadata and what the operator says of it. */
export interface IdentityProvider {
  entityId: string
  /** Addresses of its single sign-on service. */
  sso: { post?: string; redirect?: string }
  /** Its signing certificates, PEM; more than one while it changes them. */
  certificates: string[]
  /** Absent: it is BundID. */
  dialect?: Dialect
  /** Whether the envelope must be signed, as the assertion always must; required unless said otherwise. */
  responseSignature?: 'required' | 'optional'
}

/** A private key with its certificate, PEM. */
export interface KeyPair {
  key: string
  certificate: string
}

/** Us as a service provider towards one identity provider. */
export interface ServiceProvider {
  /** https, without a port; its host name goes into every bPK2, so it never changes. */
  entityId: string
  /** The assertion consumer's whole address. */
  consumer: string
  signing: KeyPair
  /** The first is published; the others still decrypt while the first is being taken up. */
  encryption: KeyPair[]
  /** Shown at BundID, 50 characters at most. */
  displayName: string
  /** The BMI-ID, for BundID alone. */
  onlineServiceId?: string
  /** Whether a user name with a second factor at BundID counts as two kinds. */
  usernameMfa?: boolean
  /** What is asked for about people, of BundID alone. */
  attributes?: readonly AttributeName[]
  binding: 'post' | 'redirect'
  signatureAlgorithm: SignatureAlgorithm
}

export type SignatureAlgorithm = 'rsa-pss-sha256' | 'rsa-sha256'

export const SIGNATURE_URI: Record<SignatureAlgorithm, string> = {
  'rsa-pss-sha256': 'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
  'rsa-sha256': 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
}
