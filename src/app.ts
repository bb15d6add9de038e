import type { RequestListener } from 'node:http'
import type { Logger } from 'pino'
import { openApplications } from './applications.ts'
import { startBackground } from './background.ts'
import { plannable } from './composition.ts'
import { AppError } from './domain/errors.ts'
import type { Factor } from './domain/factor.ts'
import { groupsNamed } from './domain/policy-case.ts'
import { type LoadedHasher, openJourneys } from './journeys.ts'
import { listener } from './listener.ts'
import { compose } from './mail/compose.ts'
import { addGauges } from './observe/gauges.ts'
import { type Observing, startObserving } from './observe/index.ts'
import { ATTEMPTS } from './oidc/backchannel.ts'
import { openPresentation } from './presentation.ts'
import { openProtocol } from './protocol.ts'
import type { Running } from './running.ts'
import { accept } from './settings/accept.ts'
import { expiries } from './settings/expiry.ts'
import type { Live, Settings } from './settings/types.ts'
import { type OpenStores, openStores } from './store/index.ts'

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
  let current = settings.live
  let draining = false
  const live = (): Live => current
  const observing = await startObserving({
    stores: opened.stores,
    redis: settings.redisUrl !== undefined,
    chain: opened.chain,
    policy: () => current.policy,
    groups: () => groupsNamed(current.policy, current.cases),
    profileOf: (id) => current.clients.get(id)?.profile ?? 'account',
    tracesTo: settings.tracesTo,
    log,
    now,
  })
  const { stores } = observing
  if (opened.note) log.warn(opened.note)
  const running: Running = { settings, live, opened, observing, log, now }
  const { journey, hasher } = openJourneys(running)
  report(running, hasher)
  const applications = openApplications(settings, stores, live)
  const presentation = await openPresentation(running, applications)
  const protocol = await openProtocol(running, journey, applications, presentation)
  const ready = async (): Promise<void> => {
    if (draining) throw new AppError('busy')
    await opened.ready()
  }
  const handler = listener(running, { journey, applications, presentation, protocol, ready })
  const { languages, helpDesk } = presentation
  const sender = () => ({ operator: current.operator, issuer: settings.issuer })
  const background = startBackground(settings, {
    log,
    journey,
    rotating: protocol.rotating,
    months: opened.months,
    logoutAttempts,
    compose: (letter, freeze) => compose(letter, languages, sender(), freeze),
  })
  observing.start()
  return {
    handler,
    reload: (next) => {
      accept(next, { ...taker, now: now(), inForce: observing.applied(current.policy) })
      current = next
    },
    stores,
    hashPassword: hasher.hash,
    drain: () => {
      draining = true
    },
    turnKeys: protocol.rotating.turn,
    review: observing.review,
    async close() {
      await background.stop()
      await helpDesk.written()
      await observing.stop()
      await opened.close()
    },
  }
}

/** What the operator hears of this process: certificates that end soon, and how full its queues are. */
function report(
  { settings, opened, observing: { metrics, stores }, log, now }: Running,
  hasher: LoadedHasher,
): void {
  const certificates = expiries(settings.identityProviders, now())
  for (const { certificate, until, urgent } of certificates)
    if (urgent) log.warn({ until: new Date(until).toISOString() }, `renew ${certificate}`)
  addGauges(metrics, { hashing: hasher.load, outbox: stores.outbox, pool: opened.pool, certificates })
  if (settings.metricsToken) metrics.process()
}
