import { createHmac, randomBytes } from 'node:crypto'
import type { JWK } from 'jose'
import type { Context } from 'koa'
import {
  type AccessToken,
  type ClientCredentials,
  type Configuration,
  type ErrorOut,
  type KoaContextWithOIDC,
  type errors as OidcErrors,
  Provider,
} from 'oidc-provider'
import { CLAIMS_BY_SCOPE } from '../domain/claims.ts'
import type { Subject } from '../domain/policy.ts'
import { INTERACTION_LIFETIME } from '../journey/passage.ts'
import { adapterFactory, type Clients, SINGLE_USE } from './adapter.ts'
import { queueLogouts } from './backchannel.ts'
import { aliases } from './certificates.ts'
import { claimsOf, nameClaims } from './claims.ts'
import { isOurs, metadata, type Registered } from './clients.ts'
import type { DetailType } from './details.ts'
import { DEVICE_PATH, type DevicePages, guardDevice, withoutLink } from './device.ts'
import { keepOrigin, type Origin, originOf, tokenExchange } from './exchange.ts'
import { features } from './features.ts'
import { type GateDeps, gatePolicy } from './gate.ts'
import { grantFor } from './grants.ts'
import { outbound } from './outbound.ts'
import { type PostedForm, replacePosted } from './posted.ts'
import { keepRegistered, REGISTRATION_PATH, type RegistrationDeps, type Registry } from './registration.ts'
import { type Api, claimsOfLogin } from './resources.ts'
import { acceptBothSecrets } from './secrets.ts'
import { stillHolds, type Testimony } from './testimony.ts'
import { twice } from './twice.ts'
import { verifiedClaims } from './verified-claims.ts'

/** The library's own pages, rendered by ours. */
export interface Pages {
  error(ctx: Context, out: ErrorOut, cause: Error): void
  /** Asks before the session ends; `action` and `xsrf` make the form, `returnTo` is where it leads in the end. */
  logout(ctx: Context, form: LogoutForm): void
  loggedOut(ctx: Context, clientId: string | undefined): void
  device: DevicePages
  /** Sends a form on to an application (`response_mode=form_post`). */
  posted(ctx: Context, form: PostedForm): void
}

export type { ClientCertificate } from './certificates.ts'

export interface LogoutForm {
  action: string
  xsrf: string
  clientId: string | undefined
  returnTo: string | undefined
}

export interface ProviderDeps extends GateDeps {
  issuer: string
  cookieKeys: string[]
  client: (clientId: string) => Registered | undefined
  pages: Pages
  apis: () => readonly Api[]
  /** Hosts (with port) of applications that may be called although their addresses are private. */
  privateHosts: () => readonly string[]
  /** 32 bytes from which DPoP nonces are made; the same on all instances. */
  nonceSecret: Buffer
  /** Absent where no application may register itself. */
  clientRegistration: RegistrationDeps | undefined
  registry: Registry
  /** What people may be asked for in detail, by type. */
  details: Readonly<Record<string, DetailType>>
  exchangeable: (api: string) => boolean
  /** Whether applications may prove themselves by certificate; `origin` where that is at another address. */
  mtls: { origin?: string } | undefined
  /** Seconds a refresh token lives at most, however often it is rotated. */
  refreshTokenLifetime: number
}

/** Builds the OpenID provider with its private key set. */
export async function createProvider(deps: ProviderDeps, jwks: { keys: JWK[] }): Promise<Provider> {
  const pairwiseKey = await deps.stores.keys.secret('pairwise', () => randomBytes(32).toString('base64'))
  const clients: Clients = {
    async find(id) {
      // One that registered itself is read each time: another instance may have removed it.
      const settled = deps.registry.known(id) ? undefined : deps.client(id)
      const client = settled ?? (await deps.registry.load(id))
      return client && metadata(client)
    },
    add: async () => deps.clientRegistration && keepRegistered(deps.clientRegistration),
  }
  const provider = new Provider(deps.issuer, {
    ...protocol(deps),
    adapter: adapterFactory(deps.stores, clients),
    jwks: jwks as NonNullable<Configuration['jwks']>,
    cookies: cookies(deps),
    ttl: lifetimes(deps),
    findAccount: findAccount(deps),
    features: features(deps),
    interactions: { policy: gatePolicy(deps), url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: (ctx) => grantFor(deps, ctx),
    pairwiseIdentifier: (_ctx, accountId, client) => pairwise(pairwiseKey, sectorOf(client), accountId),
    fetch: outbound(deps.privateHosts),
    renderError: (ctx, out, error) => {
      if (!twice(ctx, error)) return deps.pages.error(ctx, out, error)
    },
  })
  acceptBothSecrets(provider, deps.client)
  nameClaims(provider, deps.client)
  tokenExchange(provider, deps, jwks.keys)
  queueLogouts(provider, deps.stores.logouts)
  provider.use(guardDevice(deps.stores.attempts))
  provider.use(async (ctx, next) => {
    await next()
    tellApplication(ctx as KoaContextWithOIDC)
    withoutLink(ctx as KoaContextWithOIDC)
    replacePosted(ctx as KoaContextWithOIDC, deps.pages.posted)
  })
  return provider
}

/** Which application has proven itself with this request. One without a secret is anybody who knows its name. */
function tellApplication(ctx: KoaContextWithOIDC): void {
  const client = ctx.oidc?.client
  if (!client || ctx.method !== 'POST' || ctx.status >= 400 || !PROVING.has(ctx.oidc.route)) return
  if (client.tokenEndpointAuthMethod !== 'none') ctx.state.application = client.clientId
}

const PROVING = new Set([
  'token',
  'introspection',
  'revocation',
  'pushed_authorization_request',
  'device_authorization',
])

/** The `sub` that one host alone sees (OpenID Connect Core, 8.1). */
const pairwise = (key: string, sector: string, accountId: string): string =>
  createHmac('sha256', key).update(`${sector}|${accountId}`).digest('base64url')

const sectorOf = (client: object): string =>
  String((client as { sectorIdentifier?: string }).sectorIdentifier)

/** How we sign: ES256, or RS256 for clients that know nothing newer. */
const OURS = ['ES256', 'RS256'] as const
/** How clients sign: no PKCS #1 v1.5, nothing symmetric (BSI TR-02102-1; FAPI 2.0 Security Profile, 5.4). */
const THEIRS = ['ES256', 'PS256', 'EdDSA', 'Ed25519'] as const

const METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const
const CERTIFICATES = ['tls_client_auth', 'self_signed_tls_client_auth'] as const

/** Only what works is announced (RFC 9700: code alone, PKCE with S256, rotation). */
function protocol(deps: ProviderDeps): Configuration {
  return {
    responseTypes: ['code'],
    scopes: ['openid', 'offline_access'],
    claims: claimsByScope(deps),
    acrValues: deps.policy().levels.map((level) => level.acr),
    subjectTypes: ['public', 'pairwise'],
    clientAuthMethods: [...METHODS, ...(deps.mtls ? CERTIFICATES : [])],
    ...(deps.mtls?.origin ? { discovery: { mtls_endpoint_aliases: aliases(deps.mtls.origin) } } : {}),
    enabledJWA: {
      idTokenSigningAlgValues: OURS,
      authorizationSigningAlgValues: OURS,
      introspectionSigningAlgValues: OURS,
      clientAuthSigningAlgValues: THEIRS,
      requestObjectSigningAlgValues: THEIRS,
      dPoPSigningAlgValues: THEIRS,
    },
    pkce: { required: (_ctx, client) => deps.client(client.clientId)?.pkce !== 'optional' },
    extraTokenClaims: (ctx, token) => claimsOfToken(deps, ctx, token),
    allowOmittingSingleRegisteredRedirectUri: false,
    // FAPI 2.0 Security Profile, 5.3.2.1: not there, where tokens are bound to the client and to a key as it is.
    rotateRefreshToken: (ctx) => deps.client(ctx.oidc.client?.clientId ?? '')?.profile !== 'fapi2',
    // Without `offline_access` a refresh token ends with the session it came from.
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    extraClientMetadata: { properties: [] },
    extraParams: {
      pforte_confirm: ofOurPages('pforte_confirm'),
      pforte_wanted: ofOurPages('pforte_wanted'),
    },
    // A browser's script is the client itself; all others are called from servers or by navigation.
    clientBasedCORS: (_ctx, origin, { clientId }) => {
      const client = deps.client(clientId)
      return client?.profile === 'spa' && client.redirectUris.some((uri) => new URL(uri).origin === origin)
    },
    routes: {
      authorization: '/authorize',
      token: '/token',
      userinfo: '/userinfo',
      jwks: '/jwks',
      introspection: '/introspect',
      revocation: '/revoke',
      end_session: '/logout',
      pushed_authorization_request: '/par',
      device_authorization: '/device/authorize',
      code_verification: DEVICE_PATH,
      registration: REGISTRATION_PATH,
    },
  }
}

/** What the login behind an access token was, and with it, where the token came from. */
async function claimsOfToken(
  deps: ProviderDeps,
  ctx: KoaContextWithOIDC,
  token: AccessToken | ClientCredentials,
) {
  const { AuthorizationCode, RefreshToken, DeviceCode } = ctx.oidc.entities
  const given = ctx.state.origin as Origin | undefined
  const source = given ?? AuthorizationCode ?? RefreshToken ?? DeviceCode
  if (!source || !('grantId' in token)) return undefined
  if (token.resourceServer) await keepOrigin(deps, token, given ?? originOf(token, source))
  return claimsOfLogin(source)
}

/** What authorities say of people can be had only where there is one. */
function claimsByScope({ factors }: ProviderDeps): Record<string, string[]> {
  const attested = [...factors.values()].some(({ attests }) => attests)
  const scopes = Object.entries(CLAIMS_BY_SCOPE).filter(([scope]) => attested || scope !== 'identity')
  return Object.fromEntries(scopes.map(([scope, names]) => [scope, [...names]]))
}

/** From everybody else it is a parameter like any unknown one: passed over (OAuth 2.0, RFC 6749, 3.1). */
const ofOurPages =
  (name: string) =>
  (ctx: KoaContextWithOIDC): void => {
    const { params, client } = ctx.oidc
    if (params && !isOurs(client?.clientId ?? '')) params[name] = undefined
  }

/** `__Host-` wherever TLS is; the cookies that belong to one path cannot carry it and take `__Secure-`. */
function cookies({ issuer, cookieKeys }: ProviderDeps): NonNullable<Configuration['cookies']> {
  const secure = issuer.startsWith('https:')
  const options = { httpOnly: true, sameSite: 'lax', signed: true, secure } as const
  return {
    keys: cookieKeys,
    names: {
      session: secure ? '__Host-pforte_session' : 'pforte_session',
      interaction: secure ? '__Secure-pforte_interaction' : 'pforte_interaction',
      resume: secure ? '__Secure-pforte_resume' : 'pforte_resume',
    },
    long: { ...options, path: '/' },
    short: options,
  }
}

/** Seconds. A rotated refresh token inherits the end of the first one. */
function lifetimes(deps: ProviderDeps): NonNullable<Configuration['ttl']> {
  const of = (client: { clientId: string }) => deps.client(client.clientId)
  const access = (
    _ctx: unknown,
    token: { resourceServer?: { accessTokenTTL?: number | undefined } | undefined },
    client: { clientId: string },
  ) => Math.min(token.resourceServer?.accessTokenTTL ?? Infinity, of(client)?.accessTokenLifetime ?? 300)
  return {
    AccessToken: access,
    ClientCredentials: access,
    ...SINGLE_USE,
    Grant: deps.refreshTokenLifetime,
    IdToken: 10 * 60,
    Interaction: INTERACTION_LIFETIME,
    RefreshToken: (ctx, _token, client) =>
      ctx?.oidc?.entities.RotatedRefreshToken?.remainingTTL ??
      Math.min(deps.refreshTokenLifetime, of(client)?.refreshTokenLifetime ?? Infinity),
    Session: deps.sessionIdle,
  }
}

/** A locked account is no account; what was given out before must still meet today's demand to give more. */
function findAccount(deps: ProviderDeps): NonNullable<Configuration['findAccount']> {
  return async (ctx, sub, token) => {
    const account = await deps.stores.accounts.byId(sub)
    if (!account || account.locked) return undefined
    if (givesTokens(token) && !allowed(deps, ctx, account, token)) return undefined
    const may = deps.client(ctx.oidc.client?.clientId ?? '')?.verifiedClaims ?? []
    const verified = async () =>
      may.length > 0 ? verifiedClaims(await deps.stores.credentials.ofAccount(sub), deps.factors, may) : {}
    return { accountId: account.id, claims: async () => ({ ...claimsOf(account), ...(await verified()) }) }
  }
}

const givesTokens = (token: object | undefined): token is Testimony =>
  token !== undefined && 'kind' in token && token.kind !== 'AccessToken'

function allowed(deps: ProviderDeps, ctx: KoaContextWithOIDC, who: Subject, token: Testimony): boolean {
  const { client } = ctx.oidc
  return client !== undefined && stillHolds(deps, deps.relying(client.clientId), who, token)
}

export type ProviderError = OidcErrors.OIDCProviderError
