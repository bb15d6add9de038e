import type { X509Certificate } from 'node:crypto'
import type { Requirement } from '../domain/assurance.ts'
import type { ClaimNames } from '../domain/claims.ts'
import type { Desk } from '../domain/desk.ts'
import type { AttributeName } from '../domain/personal.ts'
import type { Policy } from '../domain/policy.ts'
import type { PolicyCase } from '../domain/policy-case.ts'
import type { Method, ProfileName } from './profiles.ts'

/** Everything the provider is configured with, checked. */
export interface Settings {
  /** The issuer, without trailing slash; every address is built from it, no header changes it. */
  issuer: string
  port: number
  /** Bind address. */
  host: string
  /** Processes that share the port. */
  workers: number
  /** For how long it goes on answering after it was told to stop, and says that it is not ready. */
  drainSeconds: number
  database: { url: string } | { folder: string }
  redisUrl?: string
  /** Encryption key ring, newest first; the first seals, all open. */
  keyRing: { id: string; key: Uint8Array }[]
  /** Addresses or CIDR blocks of proxies whose `X-Forwarded-For` is believed. */
  trustedProxies: string[]
  logLevel: string
  /** Bearer token for `/metrics`; without one they are not served. */
  metricsToken?: string
  /** OTLP endpoint for traces; without one there are none. */
  tracesTo?: string
  session: { idle: number; absolute: number }
  /** Milliseconds: after how long another key signs, and for how long it is published before. */
  signingKeys: { every: number; ahead: number }
  /** Seconds. */
  refreshTokenLifetime: number
  /** For how many whole months the audit trail is kept; absent: for ever. */
  auditMonths?: number
  /** How many authenticator apps an account may have. */
  totpMost: number
  /** Whether people may delete their accounts themselves, and how many days they have to take it back. */
  accountDeletion: { selfService: boolean; coolingOffDays: number }
  passkeys: {
    /** Other origins that may use this provider's passkeys. */
    relatedOrigins: string[]
    /** Whether their names take every script and the space. */
    unicodeNames: boolean
    /** The only models of authenticators for new ones, in these groups or in all; absent: whatever people have. */
    models?: { groups?: string[]; allowed: { aaguid: string; roots: X509Certificate[] }[] }
  }
  /** `least`: fewest characters beside a second factor; `leastAlone`: without. */
  password: {
    least: number
    leastAlone: number
    memoryKiB: number
    passes: number
    parallelism: number
    queue: number
  }
  /** Sender of mails and the server that takes them; without it none are sent. */
  mail?: { from: string; smtpUrl: string }
  /** BundID and accounts of its kind, by the ids of their factors. */
  identityProviders: Readonly<Record<string, Federation>>
  /** Absent: no certificates of applications. Headers in lower case. */
  mtls?: { headers: { certificate: string; verified: string }; origin?: string }
  /** Absent: no proxy says so. In lower case. */
  workplaceHeader?: string
  /** Types of authorization details: their API, and the sentence of each action by language. */
  details?: Record<string, { resource: string; actions: Record<string, Record<string, string>> }>
  /** Absent: there is none. */
  desk?: Desk
  /** Absent: no application registers itself. */
  clientRegistration?: { profiles: ProfileName[]; scope: string[] }
  /** As it was at start; `watch.ts` hands out later ones. */
  live: Live
}

/** Two sides of a SAML federation. Keys and certificates in PEM. */
export interface Federation {
  /** What people know the other side by, by language; absent: it is BundID. */
  names?: Readonly<Record<string, string>>
  /** The group of accounts that people may create by it; absent: they may not. */
  newcomers?: string
  us: {
    entityId: string
    /** The assertion consumer's whole address. */
    consumer: string
    signing: { key: string; certificate: string }
    /** The first is published; the others still decrypt. */
    encryption: { key: string; certificate: string }[]
    displayName: string
    /** BundID's alone. */
    onlineServiceId?: string
    /** Whether a user name with a second factor at BundID counts as two kinds. */
    usernameMfa?: boolean
    /** What is asked for about people. */
    attributes?: readonly AttributeName[]
    binding: 'post' | 'redirect'
    signatureAlgorithm: 'rsa-pss-sha256' | 'rsa-sha256'
  }
  them: {
    entityId: string
    sso: { post?: string; redirect?: string }
    certificates: string[]
    /** The name of the attribute that names persons, and levels (2 to 4) by AuthnContextClassRef; absent: BundID's way. */
    dialect?: { person: string; levels: Readonly<Record<string, 2 | 3 | 4>> }
    responseSignature?: 'required' | 'optional'
  }
}

/** The part that is read again while running. */
export interface Live {
  operator: Operator
  totpIssuer: string
  policy: Policy
  /** What must hold of it. */
  cases: readonly PolicyCase[]
  clients: ReadonlyMap<string, ClientSettings>
  resources: readonly Resource[]
  /** In which group people may make accounts for themselves; absent: nobody may. */
  registration?: { group: string }
  sites: readonly Site[]
  /** Requests in a minute, to each process, of one address and of one application. */
  requestLimits: { address: number; application: number }
  /** Hosts (with port) that may be called although their addresses are private. */
  privateHosts: readonly string[]
}

/** Who runs this and how people reach help; shown on every page. */
export interface Operator {
  name: string
  /** IANA zone for dates on pages. */
  zone: string
  languages: string[]
  /** Path of an SVG or PNG file. */
  logo?: string
  /** CSS custom properties of the design. */
  colors: Record<string, string>
  support: { phone?: string; hours?: string; contactForm?: string; appointment?: string; place?: string }
  links: Partial<Record<'imprint' | 'privacy' | 'accessibility' | 'plainLanguage' | 'signLanguage', string>>
}

/** A place where many people share an address; `networks` are addresses or CIDR blocks. */
export interface Site {
  name: string
  networks: string[]
  limits: { guesses: number; codes: number; registrations: number; requests: number }
}

/** An API that accepts our access tokens. `accessTokenLifetime` in seconds. */
export interface Resource {
  identifier: string
  name: string
  scopes: string[]
  accessTokenLifetime: number
}

/** One relying party, from `clients/<client_id>.yaml`. */
export interface ClientSettings {
  clientId: string
  name: string
  profile: ProfileName
  /** Where a person starts anew: OIDC `initiate_login_uri`. */
  initiateLoginUri?: string
  redirectUris: string[]
  postLogoutRedirectUris: string[]
  backchannelLogoutUri?: string
  secret?: string
  /** Works as well as `secret`. */
  nextSecret?: string
  /** Public keys of the application, or where it publishes them. */
  keys?: { jwks: { keys: object[] } } | { jwksUri: string }
  authMethod: Method
  grantTypes: string[]
  scope: string[]
  /** Where given, the only claims about a person, in the application's own names. */
  claims?: ClaimNames
  /** Scopes by resource. */
  resources: Record<string, string[]>
  /** It is these APIs: tokens for them it may exchange for those of `resources`. */
  exchanges?: string[]
  /** Types of authorization details that it may ask for. */
  details?: string[]
  idTokenAlg: 'ES256' | 'RS256'
  pkce: 'required' | 'optional'
  /** Requests must be pushed; must be signed; tokens must be bound to a key. */
  pushedRequests: boolean
  signedRequests: boolean
  /** Answers must be asked for signed (JARM). */
  signedAnswers?: boolean
  dpop: boolean
  /** Which name in its certificate is the application's: `tls_client_auth_…`, and the name. */
  certificateName?: [property: string, value: string]
  /** Tokens are bound to its certificate. */
  certificateBound?: boolean
  pairwise: boolean
  /** Seconds. */
  accessTokenLifetime: number
  /** Seconds; that of the provider where the application has none of its own. */
  refreshTokenLifetime?: number
  /** Whether people are not asked for consent. */
  firstParty: boolean
  /** What of the proven data of people it may have, with the scope `identity`. */
  verifiedClaims?: readonly AttributeName[]
  /** By language. */
  purpose?: Record<string, string>
  /** What this client always demands, joined with policy. */
  requirement?: Requirement
  defaultAcrValues?: string[]
  defaultMaxAge?: number
  /** Shown above its login, before „Anmeldung“. */
  breadcrumb: string[]
}
