import { type Configuration, errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider'
import type { Registered } from './clients.ts'
import type { Testimony } from './testimony.ts'

/** An API that accepts signed access tokens. `accessTokenLifetime` in seconds. */
export interface Api {
  identifier: string
  name: string
  scopes: readonly string[]
  accessTokenLifetime: number
}

export interface ApiDeps {
  apis: () => readonly Api[]
  client: (clientId: string) => Registered | undefined
}

/** RFC 8707: only APIs and scopes that the client's file names; their tokens are JWTs (RFC 9068). */
export function resourceIndicators({
  apis,
  client,
}: ApiDeps): NonNullable<NonNullable<Configuration['features']>['resourceIndicators']> {
  return {
    enabled: true,
    useGrantedResource: () => false,
    getResourceServerInfo(_ctx, identifier, { clientId }): ResourceServer {
      const api = apis().find((one) => one.identifier === identifier)
      const scopes = client(clientId)?.resources[identifier]
      if (!api || !scopes) throw new errors.InvalidTarget()
      return {
        scope: api.scopes.filter((scope) => scopes.includes(scope)).join(' '),
        audience: identifier,
        accessTokenTTL: api.accessTokenLifetime,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }
    },
  }
}

/** What an API needs to know of the login behind a token (RFC 9068, 2.2.1), for step-up after RFC 9470. */
export function claimsOfLogin(ctx: KoaContextWithOIDC): Record<string, unknown> | undefined {
  const { AuthorizationCode, RefreshToken, DeviceCode } = ctx.oidc.entities
  const source: Testimony | undefined = AuthorizationCode ?? RefreshToken ?? DeviceCode
  if (!source) return undefined
  const { acr, amr, authTime } = source
  return {
    ...(acr ? { acr } : {}),
    ...(amr ? { amr } : {}),
    ...(authTime ? { auth_time: authTime } : {}),
  }
}
