import * as oauth from 'oauth4webapi'

/** The tests' provider has no TLS. */
export const HTTP = { [oauth.allowInsecureRequests]: true }

/** The provider as oauth4webapi knows it. */
export async function discovered(issuer: string): Promise<oauth.AuthorizationServer> {
  const url = new URL(issuer)
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, HTTP))
}

/** Once more where the provider wants its nonce in the proof (RFC 9449, 8). */
export async function withNonce<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return request()
  }
}
