import type { Context } from 'koa'
import type { Configuration } from 'oidc-provider'
import { mutualTls } from './certificates.ts'
import { richAuthorization } from './details.ts'
import { deviceFlow } from './device.ts'
import type { ProviderDeps } from './provider.ts'
import { registration } from './registration.ts'
import { resourceIndicators } from './resources.ts'

/** Only what works and is tested; the metadata document follows from it. */
export function features(deps: ProviderDeps): NonNullable<Configuration['features']> {
  return {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    claimsParameter: { enabled: true },
    clientCredentials: { enabled: true },
    deviceFlow: deviceFlow(deps.pages.device),
    dPoP: { enabled: true, nonceSecret: deps.nonceSecret, requireNonce: () => true },
    fapi: {
      enabled: true,
      profile: (_ctx, client) => (deps.client(client.clientId)?.profile === 'fapi2' ? '2.0' : undefined),
    },
    introspection: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
    },
    jwtIntrospection: { enabled: true },
    ...(deps.mtls ? { mTLS: mutualTls } : {}),
    jwtResponseModes: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    ...((Object.keys(deps.details).length > 0
      ? { richAuthorizationRequests: richAuthorization(deps) }
      : {}) as object),
    ...(deps.clientRegistration ? { registration: registration(deps.clientRegistration) } : {}),
    requestObjects: { enabled: true },
    resourceIndicators: resourceIndicators(deps),
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
      postLogoutSuccessSource: (ctx: Context & { oidc: { client?: { clientId: string } | undefined } }) =>
        deps.pages.loggedOut(ctx, ctx.oidc.client?.clientId),
    },
  }
}
