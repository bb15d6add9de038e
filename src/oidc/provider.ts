import type { Context } from 'koa'
import {
  type Configuration,
  type ErrorOut,
  type KoaContextWithOIDC,
  type errors as OidcErrors,
  Provider,
} from 'oidc-provider'
import type { Subject } from '../domain/policy.ts'
import { INTERACTION_LIFETIME } from '../journey/passage.ts'
import { adapterFactory } from './adapter.ts'
import { CLAIMS_BY_SCOPE, claimsOf } from './claims.ts'
import { ACCOUNT_CLIENT, accountClient, metadata, type Registered } from './clients.ts'
import { type GateDeps, gatePolicy } from './gate.ts'
import { grantFor } from './grants.ts'
import { signingKeys } from './keys.ts'
import { stillHolds, type Testimony } from './testimony.ts'

/** The library's own pages, rendered by ours. */
export interface Pages {
  error(ctx: Context, out: ErrorOut, cause: Error): void
  /** Asks before the session ends; `action` and `xsrf` make the form, `returnTo` is where it leads in the end. */
  logout(ctx: Context, form: LogoutForm): void
  loggedOut(ctx: Context, clientId: string | undefined): void
}

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
  /** Seconds a refresh token lives at most, however often it is rotated. */
  refreshTokenLifetime: number
}

/** Builds the OpenID provider. Makes and stores the signing keys where there are none. */
export async function createProvider(deps: ProviderDeps): Promise<Provider> {
  const jwks = await signingKeys(deps.stores.keys, deps.now())
  const findClient = (id: string) => {
    const client = id === ACCOUNT_CLIENT ? accountClient(deps.issuer) : deps.client(id)
    return client && metadata(client)
  }
  return new Provider(deps.issuer, {
    ...protocol(deps),
    adapter: adapterFactory(deps.stores, findClient),
    jwks: jwks as NonNullable<Configuration['jwks']>,
    cookies: cookies(deps),
    ttl: lifetimes(deps),
    findAccount: findAccount(deps),
    features: features(deps),
    interactions: { policy: gatePolicy(deps), url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: grantFor,
    renderError: (ctx, out, error) => deps.pages.error(ctx, out, error),
  })
}

/** Only what works is announced (RFC 9700: code alone, PKCE with S256, rotation). */
function protocol(deps: ProviderDeps): Configuration {
  return {
    responseTypes: ['code'],
    scopes: ['openid', 'offline_access'],
    claims: CLAIMS_BY_SCOPE,
    acrValues: deps.policy().levels.map((level) => level.acr),
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    enabledJWA: { idTokenSigningAlgValues: ['ES256', 'RS256'] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    // Without `offline_access` a refresh token ends with the session it came from.
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    extraClientMetadata: { properties: [] },
    extraParams: {
      pforte_confirm: ofAccountPages('pforte_confirm'),
      pforte_wanted: ofAccountPages('pforte_wanted'),
    },
    clientBasedCORS: () => false,
    routes: {
      authorization: '/authorize',
      token: '/token',
      userinfo: '/userinfo',
      jwks: '/jwks',
      introspection: '/introspect',
      revocation: '/revoke',
      end_session: '/logout',
    },
  }
}

/** From everybody else it is a parameter like any unknown one: passed over (OAuth 2.0, RFC 6749, 3.1). */
const ofAccountPages =
  (name: string) =>
  (ctx: KoaContextWithOIDC): void => {
    const { params, client } = ctx.oidc
    if (params && client?.clientId !== ACCOUNT_CLIENT) params[name] = undefined
  }

function features(deps: ProviderDeps): NonNullable<Configuration['features']> {
  return {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
    },
    pushedAuthorizationRequests: { enabled: false },
    revocation: {
      enabled: true,
      // RFC 7009, 2.1: a client revokes its own tokens alone.
      allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
    },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        const { session, client, params } = ctx.oidc
        const xsrf = (session as unknown as { state: { secret: string } }).state.secret
        const action = /action="([^"]+)"/.exec(form)?.[1] ?? ''
        const returnTo = params?.post_logout_redirect_uri as string | undefined
        deps.pages.logout(ctx, { action, xsrf, clientId: client?.clientId, returnTo })
      },
      postLogoutSuccessSource: (ctx) => deps.pages.loggedOut(ctx, ctx.oidc.client?.clientId),
    },
    resourceIndicators: { enabled: false },
  }
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
  return {
    AccessToken: 10 * 60,
    AuthorizationCode: 60,
    ClientCredentials: 10 * 60,
    Grant: deps.refreshTokenLifetime,
    IdToken: 10 * 60,
    Interaction: INTERACTION_LIFETIME,
    RefreshToken: (ctx) => ctx?.oidc?.entities.RotatedRefreshToken?.remainingTTL ?? deps.refreshTokenLifetime,
    Session: deps.sessionIdle,
  }
}

/** A locked account is no account; what was given out before must still meet today's demand to give more. */
function findAccount(deps: ProviderDeps): NonNullable<Configuration['findAccount']> {
  return async (ctx, sub, token) => {
    const account = await deps.stores.accounts.byId(sub)
    if (!account || account.locked) return undefined
    if (givesTokens(token) && !allowed(deps, ctx, account, token)) return undefined
    return { accountId: account.id, claims: () => claimsOf(account) }
  }
}

const givesTokens = (token: object | undefined): token is Testimony =>
  token !== undefined && 'kind' in token && token.kind !== 'AccessToken'

function allowed(deps: ProviderDeps, ctx: KoaContextWithOIDC, who: Subject, token: Testimony): boolean {
  const { client } = ctx.oidc
  return client !== undefined && stillHolds(deps, deps.relying(client.clientId), who, token)
}

export type ProviderError = OidcErrors.OIDCProviderError
