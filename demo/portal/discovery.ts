import * as oidc from 'openid-client'
import { LoginFailed } from './login-types.ts'

export interface ClientOptions {
  issuer: string
  clientId: string
  clientSecret: string
}

/**
 * What the issuer says of itself (OpenID Connect Discovery), asked for on first use and kept. Throws
 * `LoginFailed('unreachable')`; the next use then asks again.
 */
export function discoverer(options: ClientOptions): () => Promise<oidc.Configuration> {
  let known: Promise<oidc.Configuration> | undefined
  return () => {
    known ??= discover(options).catch((error: unknown) => {
      known = undefined
      throw new LoginFailed('unreachable', error)
    })
    return known
  }
}

/** The client secret goes by HTTP Basic; the signature of each ID token is checked; http is for this machine alone. */
function discover({ issuer, clientId, clientSecret }: ClientOptions): Promise<oidc.Configuration> {
  const server = new URL(issuer)
  const local = server.protocol === 'http:' ? [oidc.allowInsecureRequests] : []
  const execute = [...local, oidc.enableNonRepudiationChecks]
  return oidc.discovery(server, clientId, undefined, oidc.ClientSecretBasic(clientSecret), { execute })
}
