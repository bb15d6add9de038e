import { type Configuration, errors, type ResourceServer } from 'oidc-provider'
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
export function resourceIndicators(
  deps: ApiDeps,
): NonNullable<NonNullable<Configuration['features']>['resourceIndicators']> {
  return {
    enabled: true,
    useGrantedResource: () => false,
    getResourceServerInfo: (_ctx, identifier, { clientId }) => apiFor(deps, identifier, clientId),
  }
}

/** An API as this client may use it; throws `invalid_target`. */
export function apiFor({ apis, client }: ApiDeps, identifier: string, clientId: string): ResourceServer {
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
}

/** What an API needs to know of the login behind a token (RFC 9068, 2.2.1), for step-up after RFC 9470. */
export function claimsOfLogin(source: Testimony & { act?: object | undefined }): Record<string, unknown> {
  const { acr, amr, authTime, act } = source
  return {
    ...(acr ? { acr } : {}),
    ...(amr ? { amr } : {}),
    ...(authTime ? { auth_time: authTime } : {}),
    ...(act ? { act } : {}),
  }
}
