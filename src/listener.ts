import type { RequestListener } from 'node:http'
import Koa from 'koa'
import mount from 'koa-mount'
import type { Applications } from './applications.ts'
import { cookieKeys, derive } from './composition.ts'
import type { Deps } from './journey/deps.ts'
import { tracedRequests } from './observe/tracing.ts'
import { countRequest } from './observe/watch.ts'
import { exposition } from './observe/workers.ts'
import type { Interactions } from './oidc/interaction.ts'
import type { Rotating } from './oidc/rotating.ts'
import { ownPages } from './own-pages.ts'
import type { Presentation } from './presentation.ts'
import type { Running } from './running.ts'
import { accessView, consentView, detailed } from './web/consent.ts'
import { createDevices } from './web/device.ts'
import { handleErrors } from './web/errors.ts'
import { helpPages } from './web/help.ts'
import { metricsPage } from './web/metrics.ts'
import { createNetworks } from './web/networks.ts'
import { phonePages } from './web/phone.ts'
import { createPin, pinned } from './web/pin.ts'
import { requestLimits } from './web/request-limits.ts'
import { requestLog } from './web/request-log.ts'
import { routes } from './web/routes.ts'
import { securityHeaders } from './web/security-headers.ts'
import { workplacePages } from './web/workplace.ts'

interface Parts {
  journey: Deps
  applications: Applications
  presentation: Presentation
  protocol: { rotating: Rotating; interactions: Interactions }
  ready: () => Promise<void>
}

/** Answers requests: what every request passes first, then our own pages, then the protocol. */
export function listener(running: Running, parts: Parts): RequestListener {
  const { settings, live, observing, log } = running
  const { secure, assets, errorPages } = parts.presentation
  const { issuer, trustedProxies, mtls, workplaceHeader, metricsToken } = settings
  const networkOf = createNetworks(
    () => live().sites,
    () => live().requestLimits.address,
  )
  const { pages, csrf } = parts.presentation
  const { journey, protocol } = parts
  const workplace = workplacePages({
    journey,
    pages,
    csrf,
    networkOf,
    secure,
    key: derive(settings, 'workplace'),
    leave: protocol.interactions.leave,
    serviceOf: errorPages.client,
  })
  const app = new Koa({ proxy: true, keys: cookieKeys(settings) })
  app.use(pinned(createPin(issuer, trustedProxies, mtls?.headers, workplaceHeader)))
  app.use(requestLog(log, countRequest(observing.metrics)))
  app.use(tracedRequests(observing.tracing))
  app.use(securityHeaders(secure))
  app.use(handleErrors(log, errorPages.show))
  app.use(metricsPage(exposition(observing.metrics.registry), metricsToken))
  app.use(assets.serve)
  app.use(requestLimits(networkOf, () => live().requestLimits.application))
  app.use(workplace.recognise)
  app.use(ownRoutes(running, parts, { networkOf, workplace }))
  app.use(mounted(protocol.rotating.current))
  return app.callback()
}

function ownRoutes(
  { settings, live, observing }: Running,
  { journey, applications: { relying }, presentation, protocol, ready }: Parts,
  { networkOf, workplace }: Pick<Parameters<typeof routes>[0], 'networkOf' | 'workplace'>,
): Koa.Middleware {
  const { pages, errorPages, csrf, secure } = presentation
  const shared = { journey, csrf, pages, networkOf }
  return routes({
    ...shared,
    relying,
    errorPages,
    watcher: observing.watcher,
    interactions: protocol.interactions,
    consentView: ({ clientId, consent = [], details = [] }) =>
      consentView(live(), clientId, consent, detailed(settings.details ?? {}, details)),
    ...ownPages(settings, protocol.rotating.current, {
      ...shared,
      relying,
      access: (clientId, consented) => accessView(live(), clientId, consented),
    }),
    passwordLeast: settings.password.least,
    workplace,
    phone: phonePages({ ...shared, secure }),
    issuer: settings.issuer,
    devices: createDevices(derive(settings, 'device'), secure),
    ready,
    help: helpPages(pages),
  })
}

/** The provider of now; another one takes its place when signing keys change. */
function mounted(current: Rotating['current']): Koa.Middleware {
  let provider = current()
  let handle = mount('/', provider)
  return (ctx, next) => {
    if (provider !== current()) {
      provider = current()
      handle = mount('/', provider)
    }
    return handle(ctx, next)
  }
}
