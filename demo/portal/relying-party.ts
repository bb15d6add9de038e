import * as oidc from 'openid-client'
import { type ClientOptions, discoverer } from './discovery.ts'
import { type Demand, type Login, LoginFailed, type Pending } from './login-types.ts'

export interface RelyingPartyOptions extends ClientOptions {
  redirectUri: string
  postLogoutRedirectUri: string
  /** Milliseconds since 1970. */
  now: () => number
}

export interface RelyingParty {
  /** `language` is a BCP 47 tag, for the pages of the provider. */
  begin(returnTo: string, language: string, demand?: Demand): Promise<{ url: string; pending: Pending }>
  /** Checks the answer and fetches the tokens. Throws `LoginFailed`. */
  finish(callback: URL, pending: Pending): Promise<Login>
  /** The login with fresh tokens; undefined where the provider gives none any more. Throws `LoginFailed`. */
  renew(login: Login): Promise<Login | undefined>
  /** Where to send the browser so that the provider ends its session too (RP-Initiated Logout 1.0). */
  logoutUrl(login: Login, language: string): Promise<string>
}

const SCOPE = 'openid profile kundennummer'

/** The portal's side of OpenID Connect: authorization code flow with PKCE. */
export function createRelyingParty(options: RelyingPartyOptions): RelyingParty {
  const { redirectUri, postLogoutRedirectUri, now } = options
  const configuration = discoverer(options)

  return {
    async begin(returnTo, language, demand) {
      const pending = makePending(returnTo, demand)
      const parameters = await parametersOf(pending)
      const url = oidc.buildAuthorizationUrl(await configuration(), {
        ...parameters,
        redirect_uri: redirectUri,
        ui_locales: language,
      })
      return { url: url.href, pending }
    },

    async finish(callback, pending) {
      const config = await configuration()
      const tokens = await oidc.authorizationCodeGrant(config, callback, checksOf(pending)).catch(failed)
      const claims = tokens.claims()
      if (!claims || !tokens.id_token) throw new LoginFailed('failed')
      if (pending.demand && !pending.demand.acrValues.includes(String(claims.acr))) {
        throw new LoginFailed('insufficient')
      }
      const profile = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub).catch(failed)
      return { claims, profile, idToken: tokens.id_token, ...accessOf(tokens, now()) }
    },

    async renew(login) {
      if (!login.refreshToken) return undefined
      const config = await configuration()
      const tokens = await oidc.refreshTokenGrant(config, login.refreshToken).catch(refused)
      if (!tokens) return undefined
      const claims = tokens.claims() ?? login.claims
      // A refreshed token speaks of the same person, or of none (OIDC Core 12.2).
      if (claims.sub !== login.claims.sub) return undefined
      return { ...login, claims, idToken: tokens.id_token ?? login.idToken, ...accessOf(tokens, now()) }
    },

    async logoutUrl({ idToken }, language) {
      const url = oidc.buildEndSessionUrl(await configuration(), {
        id_token_hint: idToken,
        post_logout_redirect_uri: postLogoutRedirectUri,
        ui_locales: language,
      })
      return url.href
    },
  }
}

function makePending(returnTo: string, demand: Demand | undefined): Pending {
  return {
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    verifier: oidc.randomPKCECodeVerifier(),
    returnTo,
    ...(demand ? { demand } : {}),
  }
}

async function parametersOf({ state, nonce, verifier, demand }: Pending): Promise<Record<string, string>> {
  return {
    scope: SCOPE,
    state,
    nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(demand ? { acr_values: demand.acrValues.join(' '), max_age: String(demand.maxAge) } : {}),
  }
}

const checksOf = ({ state, nonce, verifier, demand }: Pending): oidc.AuthorizationCodeGrantChecks => ({
  expectedState: state,
  expectedNonce: nonce,
  pkceCodeVerifier: verifier,
  ...(demand ? { maxAge: demand.maxAge } : {}),
})

function accessOf(tokens: oidc.TokenEndpointResponse, now: number) {
  return {
    accessToken: tokens.access_token,
    expiresAt: now + (tokens.expires_in ?? 0) * 1000,
    ...(tokens.refresh_token ? { refreshToken: tokens.refresh_token } : {}),
  }
}

function failed(error: unknown): never {
  throw new LoginFailed(reasonOf(error), error)
}

function reasonOf(error: unknown): LoginFailed['reason'] {
  if (error instanceof oidc.AuthorizationResponseError) return REFUSALS.get(error.error) ?? 'failed'
  return isOutage(error) ? 'unreachable' : 'failed'
}

const REFUSALS = new Map<string, LoginFailed['reason']>([
  ['access_denied', 'cancelled'],
  ['unmet_authentication_requirements', 'insufficient'],
  ['temporarily_unavailable', 'unreachable'],
])

/** Nobody answers, too late, or with a failure of its own; an answer that was wrong says so by a code. */
function isOutage(error: unknown): boolean {
  if (error instanceof oidc.ResponseBodyError) return error.status >= 500
  if (error instanceof oidc.WWWAuthenticateChallengeError) return false
  return !(error instanceof oidc.ClientError) || OUTAGES.has(error.code)
}

const OUTAGES = new Set([undefined, 'OAUTH_TIMEOUT', 'OAUTH_RESPONSE_IS_NOT_CONFORM'])

/** A refresh token that is worth nothing any more ends the login (RFC 6749, 5.2); all else does not. */
function refused(error: unknown): undefined {
  if (error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant') return undefined
  throw new LoginFailed(isOutage(error) ? 'unreachable' : 'failed', error)
}
