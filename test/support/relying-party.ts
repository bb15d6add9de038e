import * as oidc from 'openid-client'
import { CLIENT } from './provider.ts'

export interface Started {
  url: string
  state: string
  nonce: string
  verifier: string
}

/** A relying party on `openid-client`, as a portal would use it. */
export async function relyingParty(issuer: string, client = CLIENT) {
  const auth = client.secret ? oidc.ClientSecretBasic(client.secret) : oidc.None()
  const options = { execute: [oidc.allowInsecureRequests] }
  const config = await oidc.discovery(new URL(issuer), client.clientId, {}, auth, options)
  const redirect_uri = client.redirectUris[0] ?? ''

  return {
    config,
    async start(parameters: Record<string, string> = {}): Promise<Started> {
      const verifier = oidc.randomPKCECodeVerifier()
      const [state, nonce] = [oidc.randomState(), oidc.randomNonce()]
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri,
        scope: client.scope.join(' '),
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        ...parameters,
      })
      return { url: url.href, state, nonce, verifier }
    },
    finish: (answer: URL, { state, nonce, verifier }: Started) =>
      oidc.authorizationCodeGrant(config, answer, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      }),
    refresh: (token: string) => oidc.refreshTokenGrant(config, token),
    userinfo: (token: string, subject: string) => oidc.fetchUserInfo(config, token, subject),
    introspect: (token: string) => oidc.tokenIntrospection(config, token),
    revoke: (token: string) => oidc.tokenRevocation(config, token),
    logoutUrl: (idToken: string) =>
      oidc.buildEndSessionUrl(config, {
        id_token_hint: idToken,
        post_logout_redirect_uri: client.postLogoutRedirectUris[0] ?? '',
      }).href,
  }
}
