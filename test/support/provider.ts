import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type App, build } from '../../src/app.ts'
import { passwordCredential } from '../../src/factors/password/index.ts'
import type { NewAccount } from '../../src/journey/ports.ts'
import { createLogger } from '../../src/observe/logger.ts'
import type { ClientSettings, Federation, Settings } from '../../src/settings/types.ts'
import { policyOf } from './policy.ts'

/** A clock that tests move by hand; it runs from the true time. */
export interface Clock {
  now(): number
  /** Milliseconds. */
  advance(ms: number): void
}

export function testClock(): Clock {
  let offset = 0
  return {
    now: () => Date.now() + offset,
    advance: (ms) => {
      offset += ms
    },
  }
}

/** One that stands still: the last second before an instant lasts as long as a slow machine needs. */
export function standingClock(): Clock {
  let at = Date.now()
  return {
    now: () => at,
    advance: (ms) => {
      at += ms
    },
  }
}

export interface TestProvider {
  issuer: string
  app: App
  settings: Settings
  clock: Clock
  /** Log lines so far, as objects. */
  logs: Record<string, unknown>[]
  addAccount(
    account?: Partial<NewAccount> & { password?: string },
  ): Promise<{ id: string; username: string; password: string }>
  close(): Promise<void>
}

export const CLIENT: ClientSettings = {
  clientId: 'portal',
  name: 'Jobcenter-Portal',
  redirectUris: ['http://localhost:9/callback'],
  postLogoutRedirectUris: ['http://localhost:9/'],
  initiateLoginUri: 'http://localhost:9/login',
  secret: 'portal-secret-of-the-tests',
  authMethod: 'client_secret_basic',
  grantTypes: ['authorization_code', 'refresh_token'],
  scope: ['openid', 'offline_access', 'profile', 'email', 'kundennummer', 'groups'],
  idTokenAlg: 'ES256',
  profile: 'web',
  resources: {},
  pkce: 'required',
  pushedRequests: false,
  signedRequests: false,
  dpop: false,
  pairwise: false,
  accessTokenLifetime: 600,
  firstParty: true,
  breadcrumb: ['Startseite'],
}

export interface Options {
  database: Settings['database']
  redisUrl?: string
  policy?: Settings['live']['policy']
  clients?: ClientSettings[]
  clock?: Clock
  /** To come back on the same port after a restart, or to run two instances of one issuer. */
  issuer?: string
  keyRing?: Settings['keyRing']
  password?: Settings['password']
  /** BundID, for this issuer. */
  bundid?: (issuer: string) => Federation
  mail?: NonNullable<Settings['mail']>
  totpMost?: number
  resources?: Settings['live']['resources']
  privateHosts?: string[]
  sites?: Settings['live']['sites']
  registration?: { group: string }
  requestLimits?: Settings['live']['requestLimits']
  metricsToken?: string
  tracesTo?: string
  trustedProxies?: string[]
  clientRegistration?: NonNullable<Settings['clientRegistration']>
  details?: NonNullable<Settings['details']>
  mtls?: NonNullable<Settings['mtls']>
  workplaceHeader?: string
  desk?: NonNullable<Settings['desk']>
  /** Milliseconds before each attempt to tell an application of a logout. */
  logoutAttempts?: number[]
}

const KEY_RING = [{ id: 'test', key: Buffer.alloc(32, 7) }]
/** As cheap as argon2id can be: the tests log in thousands of times. */
const CHEAP = { least: 8, leastAlone: 15, memoryKiB: 64, passes: 1, parallelism: 1, queue: 100 }

/** The whole provider, as production builds it, on a free port. */
export async function startProvider(options: Options): Promise<TestProvider> {
  const clock = options.clock ?? testClock()
  const logs: Record<string, unknown>[] = []
  const log = createLogger('debug', { write: (line: string) => void logs.push(JSON.parse(line)) })
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const issuer = options.issuer ?? `http://localhost:${port}`
  const settings = settingsOf(issuer, port, options)
  const app = await build(settings, {
    log,
    now: clock.now,
    ...(options.logoutAttempts ? { logoutAttempts: options.logoutAttempts } : {}),
  })
  server.on('request', app.handler)

  let count = 0
  return {
    issuer: `http://localhost:${port}`,
    app,
    settings,
    clock,
    logs,
    async addAccount({ password = 'correct horse battery', ...account } = {}) {
      const username = account.username ?? `max${++count}`
      const id = await app.stores.accounts.create(
        { username, emailVerified: false, group: 'citizens', locale: 'de', ...account },
        passwordCredential(await app.hashPassword(password)),
        { event: 'account.created', by: 'cli' },
      )
      if (id === 'taken') throw new Error(`${username} is taken`)
      return { id, username, password }
    },
    async close() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
      await app.close()
    },
  }
}

/** Settings as `load` would give them, without files. */
export function settingsOf(issuer: string, port: number, options: Options): Settings {
  const clients = options.clients ?? [CLIENT]
  return {
    issuer,
    port,
    host: '127.0.0.1',
    workers: 1,
    drainSeconds: 0,
    database: options.database,
    ...(options.redisUrl ? { redisUrl: options.redisUrl } : {}),
    ...(options.mail ? { mail: options.mail } : {}),
    keyRing: options.keyRing ?? KEY_RING,
    trustedProxies: options.trustedProxies ?? [],
    ...(options.clientRegistration ? { clientRegistration: options.clientRegistration } : {}),
    ...(options.details ? { details: options.details } : {}),
    ...(options.mtls ? { mtls: options.mtls } : {}),
    ...(options.workplaceHeader ? { workplaceHeader: options.workplaceHeader } : {}),
    ...(options.desk ? { desk: options.desk } : {}),
    logLevel: 'debug',
    ...(options.metricsToken ? { metricsToken: options.metricsToken } : {}),
    ...(options.tracesTo ? { tracesTo: options.tracesTo } : {}),
    session: { idle: 1800, absolute: 43_200 },
    signingKeys: { every: 90 * 86_400_000, ahead: 86_400_000 },
    refreshTokenLifetime: 86_400,
    totpMost: options.totpMost ?? 1,
    accountDeletion: { selfService: true, coolingOffDays: 14 },
    passkeys: { relatedOrigins: [], unicodeNames: false },
    password: options.password ?? CHEAP,
    identityProviders: options.bundid ? { bundid: options.bundid(issuer) } : {},
    live: {
      operator: {
        name: 'Jobcenter Musterstadt',
        zone: 'Europe/Berlin',
        languages: ['de', 'en'],
        colors: {},
        support: { phone: '0345 9822 802', hours: 'Mo–Do 8–18 Uhr', place: 'Hansering 5' },
        links: {},
      },
      totpIssuer: 'Jobcenter Musterstadt',
      policy: options.policy ?? policyOf({}),
      cases: [],
      clients: new Map(clients.map((client) => [client.clientId, client])),
      resources: options.resources ?? [],
      sites: options.sites ?? [],
      requestLimits: options.requestLimits ?? { address: 1e6, application: 1e6 },
      ...(options.registration ? { registration: options.registration } : {}),
      privateHosts: options.privateHosts ?? [],
    },
  }
}
