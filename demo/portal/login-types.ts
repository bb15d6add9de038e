import type { IDToken, UserInfoResponse } from 'openid-client'

/** What is asked of one login beyond the ordinary (OIDC Core 3.1.2.1, RFC 9470). `maxAge` in seconds. */
export interface Demand {
  acrValues: string[]
  maxAge: number
}

/** A login that has begun: kept in the session until the browser comes back. */
export interface Pending {
  state: string
  nonce: string
  /** PKCE (RFC 7636). */
  verifier: string
  /** Address of our own to go on with. */
  returnTo: string
  demand?: Demand
}

/** A login that was completed: what the tokens said, and the tokens. */
export interface Login {
  claims: IDToken
  profile: UserInfoResponse
  idToken: string
  accessToken: string
  refreshToken?: string
  /** Milliseconds since 1970, of the access token. */
  expiresAt: number
}

/** `cancelled`: the person did not go on. `insufficient`: the login is weaker than demanded. */
export class LoginFailed extends Error {
  readonly reason: 'cancelled' | 'insufficient' | 'unreachable' | 'failed'

  constructor(reason: LoginFailed['reason'], cause?: unknown) {
    super(`login ${reason}`, { cause })
    this.reason = reason
  }
}
