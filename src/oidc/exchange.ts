import { createHash, createPublicKey } from 'node:crypto'
import { createLocalJWKSet, type JWK, type JWTPayload, jwtVerify } from 'jose'
import { type AccessToken, errors, type Provider, type TokenEndpointGrantContext } from 'oidc-provider'
import type { Deps, Relying } from '../journey/deps.ts'
import type { Registered } from './clients.ts'
import { type Api, apiFor } from './resources.ts'
import { stillHolds, type Testimony } from './testimony.ts'

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const PARAMETERS = [
  'subject_token',
  'subject_token_type',
  'requested_token_type',
  'actor_token',
  'actor_token_type',
  'audience',
  'resource',
  'scope',
]

/** Who acts for the person, through whom before (RFC 8693, 4.1). */
export interface Actor {
  sub: string
  act?: Actor
}

/** Where an API's token came from; kept for as long as it lives, because the token itself must not say it. */
export interface Origin extends Testimony {
  accountId: string
  clientId: string
  grantId: string
  /** Absent where the token outlives the session. */
  sessionUid?: string
  act?: Actor
}

export interface ExchangeDeps extends Deps {
  issuer: string
  relying: (clientId: string) => Relying
  client: (clientId: string) => Registered | undefined
  apis: () => readonly Api[]
  /** Whether any application may exchange tokens for this API. */
  exchangeable: (api: string) => boolean
}

type Context = TokenEndpointGrantContext<Record<string, string | undefined>>

const key = (jti: string): string => `origin:${createHash('sha256').update(jti).digest('base64url')}`

export function originOf(token: AccessToken, { acr, amr, authTime }: Testimony): Origin {
  const { accountId, clientId = '', grantId, sessionUid, expiresWithSession } = token
  const bound = expiresWithSession && sessionUid ? { sessionUid } : {}
  return { accountId, clientId, grantId, acr, amr, authTime, ...bound }
}

/** Remembers where a token came from, where any application may exchange it. */
export async function keepOrigin(deps: ExchangeDeps, token: AccessToken, origin: Origin): Promise<void> {
  if (deps.exchangeable(String(token.aud)))
    await deps.stores.ephemeral.put(key(token.jti), JSON.stringify(origin), token.expiration)
}

/**
 * Token exchange (RFC 8693) for an API that calls another one for the same person: it gets a token for that one, within
 * what its file says, of the same login, and no longer than the one it was called with. Grant and session behind it
 * must live, and what was proven must meet today's demand at the application of the login and at this one.
 */
export function tokenExchange(provider: Provider, deps: ExchangeDeps, jwks: readonly JWK[]): void {
  const ours = createLocalJWKSet({ keys: jwks.map(publicPart) })
  const handler = async (ctx: Context): Promise<void> => {
    const { client, params } = ctx.oidc
    const registered = deps.client(client.clientId)
    refuseTheUnsupported(ctx)
    const subject = await verified(deps, params.subject_token ?? '', ours)
    if (!registered?.exchanges?.includes(String(subject.aud)))
      throw new errors.InvalidRequest('subject_token was not given out for this application')
    const origin = await living(provider, deps, subject)
    if (!origin) throw new errors.InvalidRequest('subject_token has ended')
    await mustSuffice(deps, origin, [origin.clientId, client.clientId])
    await answer(provider, deps, ctx, origin, subject)
  }
  provider.registerGrantType(TOKEN_EXCHANGE, handler as never, PARAMETERS)
}

async function mustSuffice(deps: ExchangeDeps, origin: Origin, clientIds: readonly string[]): Promise<void> {
  const account = await deps.stores.accounts.byId(origin.accountId)
  const at = (id: string): boolean =>
    account !== undefined &&
    !account.locked &&
    deps.client(id) !== undefined &&
    stillHolds(deps, deps.relying(id), account, origin)
  if (!clientIds.every(at)) throw new errors.InvalidRequest('subject_token proves less than is demanded')
}

function refuseTheUnsupported(ctx: Context): void {
  const { params } = ctx.oidc
  if (
    params.subject_token_type !== ACCESS_TOKEN ||
    (params.requested_token_type ?? ACCESS_TOKEN) !== ACCESS_TOKEN
  )
    throw new errors.InvalidRequest('access tokens are exchanged for access tokens')
  if (params.actor_token !== undefined) throw new errors.InvalidRequest('the application itself is the actor')
  if (params.audience !== undefined || typeof params.resource !== 'string')
    throw new errors.InvalidTarget('name one API as resource')
  // The library keeps to itself what it needs to check a proof: better none than one that is not looked at.
  if (ctx.get('DPoP')) throw new errors.InvalidRequest('tokens are bound by certificate here')
}

async function verified(
  { issuer }: ExchangeDeps,
  token: string,
  ours: ReturnType<typeof createLocalJWKSet>,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, ours, {
      issuer,
      typ: 'at+jwt',
      requiredClaims: ['exp', 'jti'],
    })
    return payload
  } catch {
    throw new errors.InvalidRequest('subject_token is not valid')
  }
}

/** Where the token came from, if its grant and its session are still there. */
async function living(
  provider: Provider,
  deps: ExchangeDeps,
  { jti }: JWTPayload,
): Promise<Origin | undefined> {
  const [written] = await deps.stores.ephemeral.get([key(String(jti))])
  if (written === undefined) return undefined
  const origin = JSON.parse(written) as Origin
  const grant = await provider.Grant.find(origin.grantId)
  if (grant?.accountId !== origin.accountId) return undefined
  if (origin.sessionUid === undefined) return origin
  const session = await provider.Session.findByUid(origin.sessionUid)
  return session?.accountId === origin.accountId ? origin : undefined
}

async function answer(
  provider: Provider,
  deps: ExchangeDeps,
  ctx: Context,
  origin: Origin,
  subject: JWTPayload,
) {
  const { client, params } = ctx.oidc
  const identifier = String(params.resource)
  const api = apiFor(deps, identifier, client.clientId)
  const asked = params.scope?.split(' ').filter(Boolean)
  const may = (api.scope ?? '').split(' ')
  const scope = (asked ? may.filter((one) => asked.includes(one)) : may).join(' ')
  if (!scope) throw new errors.InvalidScope('none of the scopes is allowed', params.scope ?? '')
  const { accountId, grantId, sessionUid, act } = origin
  ctx.state.origin = { ...origin, act: { sub: client.clientId, ...(act ? { act } : {}) } } satisfies Origin
  const token = new provider.AccessToken({ accountId, client, grantId, gty: TOKEN_EXCHANGE, scope } as never)
  token.resourceServer = new provider.ResourceServer(identifier, api)
  Object.assign(token, {
    expiresIn: Math.min(token.expiration, Number(subject.exp) - Math.floor(Date.now() / 1000)),
    ...(sessionUid ? { sessionUid, expiresWithSession: true } : {}),
  })
  if (client.tlsClientCertificateBoundAccessTokens) bindTo(ctx, token)
  ctx.oidc.entity('AccessToken', token)
  await deps.stores.audit.append({
    event: 'token.exchanged',
    accountId,
    clientId: client.clientId,
    requestId: String(ctx.state.requestId),
    api: identifier,
  })
  ctx.body = {
    access_token: await token.save(),
    issued_token_type: ACCESS_TOKEN,
    token_type: token.tokenType,
    expires_in: token.expiration,
    scope,
  }
}

function bindTo(ctx: Context, token: AccessToken): void {
  const { x509 } = (ctx.state.certificate ?? {}) as { x509?: never }
  if (!x509) throw new errors.InvalidRequest('mutual TLS client certificate not provided')
  token.setThumbprint('x5t', x509)
}

const publicPart = (jwk: JWK): JWK => ({
  ...(createPublicKey({ key: jwk, format: 'jwk' } as never).export({ format: 'jwk' }) as JWK),
  ...(jwk.kid ? { kid: jwk.kid } : {}),
  ...(jwk.alg ? { alg: jwk.alg } : {}),
})
