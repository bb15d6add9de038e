import type { RequestListener } from 'node:http'
import { availableParallelism } from 'node:os'
import Koa from 'koa'
import mount from 'koa-mount'
import type { Logger } from 'pino'
import { applications } from './applications.ts'
import { startBackground } from './background.ts'
import { derive, factorsFor, plannable, rotationOf } from './composition.ts'
import { AppError } from './domain/errors.ts'
import type { Factor } from './domain/factor.ts'
import { groupsNamed } from './domain/policy-case.ts'
import { createHasher } from './factors/password/hash.ts'
import type { Deps } from './journey/deps.ts'
import { createHelpDesk } from './journey/help.ts'
import { endSession } from './journey/sessions.ts'
import { compose } from './mail/compose.ts'
import { addGauges } from './observe/gauges.ts'
import { type Observing, startObserving } from './observe/index.ts'
import { tracedFactors, tracedRequests } from './observe/tracing.ts'
import { countRequest, countToken } from './observe/watch.ts'
import { exposition } from './observe/workers.ts'
import { ATTEMPTS } from './oidc/backchannel.ts'
import { createInteractions } from './oidc/interaction.ts'
import { type EndSession, observe } from './oidc/observe.ts'
import { createRotating, type RotatingDeps } from './oidc/rotating.ts'
import { ownPages } from './own-pages.ts'
import { accept } from './settings/accept.ts'
import { expiries } from './settings/expiry.ts'
import type { ClientSettings, Live, Settings } from './settings/types.ts'
import { type OpenStores, openStores } from './store/index.ts'
import { loadAssets } from './web/assets.ts'
import { accessView, consentView, detailed } from './web/consent.ts'
import { createCsrf } from './web/csrf.ts'
import { createDevices } from './web/device.ts'
import { createErrorPages } from './web/error-pages.ts'
import { handleErrors } from './web/errors.ts'
import { helpPages } from './web/help.ts'
import { loadLanguages } from './web/languages.ts'
import { metricsPage } from './web/metrics.ts'
import { createNetworks } from './web/networks.ts'
import { oidcPages } from './web/oidc-pages.ts'
import { createPages } from './web/page.ts'
import { phonePages } from './web/phone.ts'
import { createPin, pinned } from './web/pin.ts'
import { requestLimits } from './web/request-limits.ts'
import { requestLog } from './web/request-log.ts'
import { routes } from './web/routes.ts'
import { securityHeaders } from './web/security-headers.ts'
import { NEXT, workplacePages } from './web/workplace.ts'

export interface App {
  handler: RequestListener
  /** Takes over what may change while running; throws `SettingsError` and changes nothing where it cannot. */
  reload(live: Live): void
  /** By itself every ten seconds: writes what was counted of roll-outs, pulls brakes and hears of pulled ones. */
  review: Observing['review']
  stores: OpenStores['stores']
  /** From now on it says that it is not ready, and answers as before. */
  drain(): void
  /** Takes signing keys into use that are due, or were made elsewhere; happens by itself each minute. */
  turnKeys(): Promise<void>
  hashPassword(password: string): Promise<string>
  close(): Promise<void>
}

export interface Parts {
  log: Logger
  /** Milliseconds since 1970; the system's clock unless given. */
  now?: () => number
  /** Milliseconds before each attempt to tell an application of a logout. */
  logoutAttempts?: readonly number[]
}

/** Puts everything together. Process and tests use the same. What cannot be built leaves nothing open. */
export async function build(settings: Settings, parts: Parts): Promise<App> {
  const { live, session, database, redisUrl, keyRing } = settings
  const taker = { factors: plannable(settings), sessionAbsolute: session.absolute }
  accept(live, { ...taker, now: (parts.now ?? Date.now)() })
  const opened = await openStores({
    database,
    keyRing,
    onError: (err) => parts.log.error({ err }, 'store connection'),
    ...(redisUrl ? { redisUrl } : {}),
  })
  try {
    await opened.stores.keys.fits()
    return await assemble(settings, parts, opened, taker)
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function assemble(
  settings: Settings,
  { log, now = Date.now, logoutAttempts = ATTEMPTS }: Parts,
  opened: OpenStores,
  taker: { factors: Factor[]; sessionAbsolute: number },
): Promise<App> {
  let live = settings.live
  let draining = false
  const { redisUrl, issuer } = settings
  const observing = await startObserving({
    stores: opened.stores,
    redis: redisUrl !== undefined,
    chain: opened.chain,
    policy: () => live.policy,
    groups: () => groupsNamed(live.policy, live.cases),
    profileOf: (id) => live.clients.get(id)?.profile ?? 'account',
    tracesTo: settings.tracesTo,
    log,
    now,
  })
  const { metrics, stores } = observing
  if (opened.note) log.warn(opened.note)
  const certificates = expiries(settings.identityProviders, now())
  for (const { certificate, until, urgent } of certificates)
    if (urgent) log.warn({ until: new Date(until).toISOString() }, `renew ${certificate}`)

  const atOnce = Math.ceil(availableParallelism() / settings.workers)
  const hasher = createHasher({ ...settings.password, atOnce }, (waited, took) => {
    metrics.hashWaits.observe(waited / 1000)
    metrics.hashes.observe(took / 1000)
  })
  addGauges(metrics, { hashing: hasher.load, outbox: stores.outbox, pool: opened.pool, certificates })
  if (settings.metricsToken) metrics.process()
  const plain = factorsFor(settings, {
    hasher,
    live: () => live,
    once: (id, until) => stores.consumed.once('saml assertion', id, until),
    now,
  })
  const factors = tracedFactors(observing.tracing, plain)
  const journey: Deps = {
    stores,
    factors,
    newcomers: (id) => settings.identityProviders[id]?.newcomers,
    policy: () => observing.applied(live.policy),
    clients: () => [...live.clients.values()].filter(signsIn),
    now,
    mails: settings.mail !== undefined,
    ...(settings.desk ? { desk: settings.desk } : {}),
    registration: () => live.registration,
    sessionIdle: settings.session.idle,
    sessionAbsolute: settings.session.absolute,
  }
  const { relying, client, settled, registry, clientRegistration } = applications(
    settings,
    stores,
    () => live,
  )
  const secure = issuer.startsWith('https:')
  const assets = loadAssets(() => live.operator)
  const names = Object.entries(settings.identityProviders).flatMap(([id, one]) =>
    one.names ? [[id, one.names] as const] : [],
  )
  const languages = await loadLanguages(secure, Object.fromEntries(names))
  const helpDesk = createHelpDesk(stores.helps, now, (err) => log.error({ err }, 'help codes'))
  const csrf = createCsrf(derive(settings, 'csrf'), issuer)
  const pages = createPages({
    live: () => live,
    client: settled,
    assets,
    languages,
    note: helpDesk.note,
    nextToken: () => csrf.token(NEXT),
  })
  const errorPages = createErrorPages(pages, secure)

  const cookieKeys = settings.keyRing.map((_, i) => derive(settings, 'cookies', i).toString('base64url'))
  const onError = (err: Error, requestId: string): void => log.error({ err, requestId })
  const ended: EndSession = async (...session) => void (await endSession(journey, ...session))
  const providerDeps: RotatingDeps = {
    ...journey,
    rotation: rotationOf(settings),
    relying,
    issuer,
    cookieKeys,
    client,
    pages: oidcPages(pages, errorPages),
    refreshTokenLifetime: settings.refreshTokenLifetime,
    apis: () => live.resources,
    clientRegistration,
    registry,
    details: settings.details ?? {},
    exchangeable: (api) => [...live.clients.values()].some(({ exchanges }) => exchanges?.includes(api)),
    privateHosts: () => live.privateHosts,
    mtls: settings.mtls,
    nonceSecret: derive(settings, 'dpop'),
  }
  const rotating = await createRotating(providerDeps, (provider) => {
    provider.proxy = true
    observe(provider, { ended, onError, tokens: countToken(metrics) })
  })
  const networkOf = createNetworks(
    () => live.sites,
    () => live.requestLimits.address,
  )
  const registered = async (id: string) => client(id) ?? registry.load(id)
  const interactions = createInteractions(rotating.current, registered, ended)
  const workplace = workplacePages({
    journey,
    pages,
    csrf,
    networkOf,
    secure,
    key: derive(settings, 'workplace'),
    leave: interactions.leave,
    serviceOf: errorPages.client,
  })

  const app = new Koa({ proxy: true, keys: cookieKeys })
  app.use(
    pinned(createPin(issuer, settings.trustedProxies, settings.mtls?.headers, settings.workplaceHeader)),
  )
  app.use(requestLog(log, countRequest(metrics)))
  app.use(tracedRequests(observing.tracing))
  app.use(securityHeaders(secure))
  app.use(handleErrors(log, errorPages.show))
  app.use(metricsPage(exposition(metrics.registry), settings.metricsToken))
  app.use(assets.serve)
  app.use(requestLimits(networkOf, () => live.requestLimits.application))
  app.use(workplace.recognise)
  app.use(
    routes({
      journey,
      relying,
      pages,
      errorPages,
      watcher: observing.watcher,
      interactions,
      consentView: ({ clientId, consent = [], details = [] }) =>
        consentView(live, clientId, consent, detailed(settings.details ?? {}, details)),
      csrf,
      ...ownPages(settings, rotating.current, {
        journey,
        csrf,
        pages,
        networkOf,
        relying,
        access: (clientId, consented) => accessView(live, clientId, consented),
      }),
      passwordLeast: settings.password.least,
      networkOf,
      workplace,
      phone: phonePages({ journey, pages, csrf, networkOf, secure }),
      issuer,
      devices: createDevices(derive(settings, 'device'), secure),
      ready: async () => {
        if (draining) throw new AppError('busy')
        await opened.ready()
      },
      help: helpPages(pages),
    }),
  )
  app.use((ctx, next) => mount('/', rotating.current())(ctx, next))

  const background = startBackground(settings, {
    log,
    journey,
    rotating,
    logoutAttempts,
    compose: (letter, freeze) => compose(letter, languages, { operator: live.operator, issuer }, freeze),
  })

  observing.start()
  return {
    handler: app.callback(),
    reload: (next) => {
      accept(next, { ...taker, now: now(), inForce: observing.applied(live.policy) })
      live = next
    },
    stores,
    hashPassword: hasher.hash,
    drain: () => {
      draining = true
    },
    turnKeys: rotating.turn,
    review: observing.review,
    async close() {
      await background.stop()
      await helpDesk.written()
      await observing.stop()
      await opened.close()
    },
  }
}

/** Whether people sign in at it. */
const signsIn = (client: ClientSettings): boolean => client.grantTypes.includes('authorization_code')
