import type { RequestListener } from 'node:http'
import Koa from 'koa'
import mount from 'koa-mount'
import type { Logger } from 'pino'
import { derive, factorsFor } from './composition.ts'
import { createHasher } from './factors/password/hash.ts'
import type { Deps, Relying } from './journey/deps.ts'
import { createInteractions } from './oidc/interaction.ts'
import { observe } from './oidc/observe.ts'
import { createProvider } from './oidc/provider.ts'
import { expiries } from './settings/expiry.ts'
import type { Live, Settings } from './settings/types.ts'
import { type OpenStores, openStores } from './store/index.ts'
import { loadAssets } from './web/assets.ts'
import { createCsrf } from './web/csrf.ts'
import { createDevices } from './web/device.ts'
import { createErrorPages } from './web/error-pages.ts'
import { handleErrors } from './web/errors.ts'
import { loadLanguages } from './web/languages.ts'
import { helpPage, oidcPages } from './web/oidc-pages.ts'
import { createPages } from './web/page.ts'
import { createPin, type Pin } from './web/pin.ts'
import { requestLog } from './web/request-log.ts'
import { routes } from './web/routes.ts'
import { securityHeaders } from './web/security-headers.ts'

export interface App {
  handler: RequestListener
  /** Takes over what may change while running. */
  reload(live: Live): void
  stores: OpenStores['stores']
  hashPassword(password: string): Promise<string>
  close(): Promise<void>
}

export interface Parts {
  log: Logger
  /** Milliseconds since 1970; the system's clock unless given. */
  now?: () => number
}

/** Puts everything together. Process and tests use the same. */
export async function build(settings: Settings, { log, now = Date.now }: Parts): Promise<App> {
  let live = settings.live
  const { database, redisUrl, keyRing, issuer } = settings
  const opened = await openStores({
    database,
    keyRing,
    onError: (err) => log.error({ err }, 'store connection'),
    ...(redisUrl ? { redisUrl } : {}),
  })
  const { stores } = opened
  if (opened.note) log.warn(opened.note)
  for (const { certificate, until, urgent } of settings.bundid ? expiries(settings.bundid, now()) : [])
    if (urgent) log.warn({ until: new Date(until).toISOString() }, `renew ${certificate} of BundID`)

  const hasher = createHasher(settings.password)
  const factors = factorsFor(settings, {
    hasher,
    live: () => live,
    once: (id, until) => stores.consumed.once('saml assertion', id, until),
    now,
  })
  const journey: Deps = {
    stores,
    factors,
    policy: () => live.policy,
    now,
    sessionAbsolute: settings.session.absolute,
  }
  const relying = (clientId: string): Relying => {
    const requirement = live.clients.get(clientId)?.requirement
    return { clientId, ...(requirement ? { requirement } : {}) }
  }
  const secure = issuer.startsWith('https:')
  const assets = loadAssets(() => live.operator)
  const pages = createPages({ live: () => live, assets, languages: await loadLanguages(secure) })
  const errorPages = createErrorPages(pages, secure)

  const cookieKeys = settings.keyRing.map((_, i) => derive(settings, 'cookies', i).toString('base64url'))
  const provider = await createProvider({
    ...journey,
    relying,
    issuer,
    cookieKeys,
    client: (id) => live.clients.get(id),
    pages: oidcPages(pages, errorPages),
    sessionIdle: settings.session.idle,
    refreshTokenLifetime: settings.refreshTokenLifetime,
  })
  provider.proxy = true
  const onError = (err: Error, requestId: string): void => log.error({ err, requestId })
  observe(provider, { audit: stores.audit, onError })

  const app = new Koa({ proxy: true, keys: cookieKeys })
  app.use(pinned(createPin(issuer, settings.trustedProxies)))
  app.use(requestLog(log))
  app.use(securityHeaders(secure))
  app.use(handleErrors(log, errorPages.show))
  app.use(assets.serve)
  app.use(
    routes({
      journey,
      relying,
      pages,
      errorPages,
      interactions: createInteractions(provider),
      csrf: createCsrf(derive(settings, 'csrf'), issuer),
      devices: createDevices(derive(settings, 'device'), secure),
      ready: opened.ready,
      help: helpPage(pages),
    }),
  )
  app.use(mount('/', provider))

  return {
    handler: app.callback(),
    reload: (next) => {
      live = next
    },
    stores,
    hashPassword: hasher.hash,
    close: opened.close,
  }
}

/** Before anything else reads the request. */
function pinned(pin: Pin): Koa.Middleware {
  return (ctx, next) => {
    ctx.state.address = pin(ctx.req)
    return next()
  }
}
