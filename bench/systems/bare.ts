import { bodyParser } from '@koa/bodyparser'
import { verify } from '@node-rs/argon2'
import { exportJWK, generateKeyPair } from 'jose'
import Koa, { type Context } from 'koa'
import mount from 'koa-mount'
import Provider, { type Configuration } from 'oidc-provider'
import { Pool } from 'pg'
import { codeOnPhone } from '../../test/support/phone.ts'
import { PORTAL, SERVICE } from '../driver/portal.ts'
import { plainRedis } from './plain-redis.ts'

/**
 * Yardstick: oidc-provider with the least that signs somebody in by password and code. No limits, no audit, no
 * protection against replay, no pages worth the name. `REDIS_URL` keeps what it stores there, else it is kept in memory.
 */
const pool = new Pool({ connectionString: process.env.DATABASE_URL })
const { privateKey } = await generateKeyPair('RS256', { extractable: true })
const jwks = { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' }] }
const client = {
  response_types: [],
  redirect_uris: [],
  token_endpoint_auth_method: 'client_secret_basic' as const,
}
const issuer = process.env.PFORTE_ISSUER ?? ''
const waiting = new Map<string, { sub: string; secret: string }>()

const configuration = {
  ...(process.env.REDIS_URL ? { adapter: plainRedis(process.env.REDIS_URL) } : {}),
  jwks,
  clients: [
    {
      ...client,
      client_id: PORTAL.id,
      client_secret: PORTAL.secret,
      redirect_uris: [PORTAL.redirect],
      response_types: ['code'],
      grant_types: ['authorization_code', 'refresh_token'],
    },
    { ...client, client_id: SERVICE.id, client_secret: SERVICE.secret, grant_types: ['client_credentials'] },
  ],
  claims: { openid: ['sub'], profile: ['given_name', 'family_name', 'preferred_username'] },
  cookies: { keys: ['some key'] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
  },
  interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  issueRefreshToken: (_ctx, asking) => asking.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  async loadExistingGrant({ oidc }) {
    const { session, client: asking } = oidc
    if (!session?.accountId || !asking) return undefined
    const grant = new provider.Grant({ accountId: session.accountId, clientId: asking.clientId })
    grant.addOIDCScope('openid profile offline_access')
    await grant.save()
    return grant
  },
  async findAccount(_ctx, id) {
    const { rows } = await pool.query('SELECT * FROM bare_accounts WHERE id = $1', [id])
    const [row] = rows
    return row && { accountId: id, claims: () => ({ ...row, sub: id }) }
  },
  routes: {
    authorization: '/authorize',
    token: '/token',
    userinfo: '/userinfo',
    jwks: '/jwks',
    introspection: '/introspect',
  },
  ttl: {
    AccessToken: 600,
    AuthorizationCode: 60,
    ClientCredentials: 600,
    Grant: 86_400,
    IdToken: 600,
    Interaction: 3_600,
    RefreshToken: 86_400,
    Session: 1_800,
  },
} as const satisfies Configuration

const provider = new Provider(issuer, configuration)
const page = (uid: string, field: string): string =>
  `<!DOCTYPE html><form method="post" action="/interaction/${uid}/answer"><input name="${field}"></form>`

async function answer(ctx: Context, uid: string): Promise<void> {
  const { identifier, password, code } = ctx.request.body as Record<string, string>
  const known = waiting.get(uid)
  if (known) {
    waiting.delete(uid)
    if (code !== codeOnPhone(known.secret, Date.now())) ctx.throw(422)
    const to = await provider.interactionResult(ctx.req, ctx.res, { login: { accountId: known.sub } })
    ctx.status = 303
    return ctx.redirect(to)
  }
  await provider.interactionDetails(ctx.req, ctx.res)
  const { rows } = await pool.query('SELECT * FROM bare_accounts WHERE preferred_username = $1', [identifier])
  if (!rows[0] || !(await verify(rows[0].phc, password ?? ''))) ctx.throw(422)
  waiting.set(uid, { sub: rows[0].id, secret: rows[0].secret })
  ctx.type = 'html'
  ctx.body = page(uid, 'code')
}

const app = new Koa({ keys: ['some key'] })
app.use(bodyParser({ enableTypes: ['form'] }))
app.use(async (ctx, next) => {
  const [, uid, post] = /^\/interaction\/([\w-]+)(\/answer)?$/.exec(ctx.path) ?? []
  if (!uid) return next()
  if (post) return answer(ctx, uid)
  await provider.interactionDetails(ctx.req, ctx.res)
  ctx.type = 'html'
  ctx.body = page(uid, 'password')
})
app.use(mount('/', provider as unknown as Koa))
app.listen(Number(process.env.PORT), process.env.HOST)
