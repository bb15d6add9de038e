import type { Requirement } from '../domain/assurance.ts'
import type { FactorId } from '../domain/factor.ts'
import type { Policy } from '../domain/policy.ts'

/** Everything the provider is configured with, checked. What live reload replaces stands in `Live`. */
export interface Settings {
  /** The issuer, without trailing slash; every address is built from it, no header changes it. */
  issuer: string
  port: number
  /** Bind address. */
  host: string
  database: { url: string } | { folder: string }
  redisUrl?: string
  /** Encryption key ring, newest first; the first seals, all open. */
  keyRing: { id: string; key: Uint8Array }[]
  /** Addresses or CIDR blocks of proxies whose `X-Forwarded-For` is believed. */
  trustedProxies: string[]
  /** Log level of pino. */
  logLevel: string
  /** The live part as it was at start; `watch` hands out later ones. */
  live: Live
}

/** The part that is read again while running. */
export interface Live {
  operator: Operator
  policy: Policy
  clients: ReadonlyMap<string, ClientSettings>
  factors: FactorSettings
}

/** Who runs this and how people reach help; shown on every page. */
export interface Operator {
  name: string
  /** IANA zone for dates on pages and default names. */
  zone: string
  languages: string[]
  /** Path of an SVG or PNG file, relative to the configuration folder. */
  logo?: string
  /** CSS custom properties of the design, `--kern-…` → value. */
  colors: Record<string, string>
  support: Support
  links: { imprint?: string; privacy?: string; accessibility?: string; plainLanguage?: string; signLanguage?: string }
}

export interface Support {
  phone?: string
  hours?: string
  contactForm?: string
  appointment?: string
  place?: string
}

export interface FactorSettings {
  totp: { issuer: string }
  /** Bound of waiting password hashes; beyond it an honest 503. */
  password: { memoryKiB: number; passes: number; parallelism: number; queue: number }
}

/** One relying party, from `clients/<client_id>.yaml`. */
export interface ClientSettings {
  clientId: string
  name: string
  /** Where a person is sent back to when a login cannot go on: OIDC `initiate_login_uri`. */
  initiateLoginUri?: string
  redirectUris: string[]
  postLogoutRedirectUris: string[]
  /** `undefined`: a public client. Several while a secret is being exchanged. */
  secret?: string
  authMethod: 'client_secret_basic' | 'client_secret_post' | 'none'
  grantTypes: ('authorization_code' | 'refresh_token' | 'client_credentials')[]
  scope: string[]
  idTokenAlg: 'ES256' | 'RS256'
  subjectType: 'public'
  /** What this client always demands, joined with policy. */
  requirement?: Requirement
  defaultAcrValues?: string[]
  defaultMaxAge?: number
  /** Breadcrumb shown above its login, for example ["Startseite"]. */
  breadcrumb: string[]
  logo?: string
  /** Factors this client permits; absent: all. */
  permitted?: FactorId[]
}
