import { randomUUID } from 'node:crypto'
import type { Enrolled } from '../../src/domain/factor.ts'
import { createHasher } from '../../src/factors/password/hash.ts'
import { passwordCredential } from '../../src/factors/password/index.ts'
import { openStores } from '../../src/store/index.ts'
import { environmentOf, KEY_RING } from './admin.ts'
import { postgresAndRedis } from './backends.ts'
import { testConfig } from './config.ts'
import { eventsOf } from './faulty.ts'
import { type Heed, outage } from './outage.ts'
import { app, PASSWORD } from './population.ts'
import { portalFile } from './portal-file.ts'
import { start } from './process.ts'
import { CLIENT } from './provider.ts'
import { relyingParty } from './relying-party.ts'
import { freePort } from './servers.ts'

/** `KILLS=all`: at every point; else so many of those points of a step at which something has just been changed. */
const KILLS = process.env.KILLS ?? '1'
/** What goes on without anybody asking is no point of a step. */
const BACKGROUND = /UPDATE logouts|audit.chain|FROM audit a/
const CHANGE = /COMMIT|INSERT|UPDATE|DELETE|\r\n(set|del|eval|evalsha)\r\n/
const COST = { memoryKiB: 19_456, passes: 2, parallelism: 1, queue: 10 }
const CODE_MS = 30_000

const KEY = {
  publicKey: 'AA',
  counter: 0,
  transports: [],
  aaguid: '00000000-0000-0000-0000-000000000000',
  backupEligible: false,
  backedUp: false,
  rpId: 'localhost',
}

/** Does something in which the process is killed, or is not; says whether it was. */
export type Dying = (act: () => Promise<unknown>) => Promise<boolean>

export type Killable = Awaited<ReturnType<typeof startKillable>>

/** A real process between two lines that see each of its store calls, and the stores themselves. */
export async function startKillable() {
  const backend = await postgresAndRedis.open()
  if (!('url' in backend.database)) throw new Error('no server')
  const lines = [await outage(backend.database.url), await outage(backend.redisUrl ?? '')] as const
  const config = testConfig()
  config.write('clients/portal.yaml', portalFile())
  config.write(
    'clients/verein.yaml',
    portalFile(
      'verein',
      'first_party: false\npurpose: {de: damit wir Sie beraten können., en: so that we can advise you.}\n',
    ),
  )
  const port = await freePort()
  const env = {
    ...config.env,
    ...environmentOf({ database: { url: lines[0].url }, redisUrl: lines[1].url }),
    PORT: String(port),
    PORTAL_SECRET: CLIENT.secret ?? '',
  }
  const launch = async () => {
    const launched = start(['src/main.ts'], env)
    await launched.seen(/Pforte is ready/)
    return launched
  }
  let running = await launch()
  const { stores, pool, close } = await openStores({ ...backend, keyRing: KEY_RING, onError: () => {} })
  const password = passwordCredential(await createHasher(COST).hash(PASSWORD))
  const issuer = `http://localhost:${port}`

  const attend = (heed: Heed | undefined): void => {
    for (const line of lines) line.attend(heed)
  }
  /** The calls of a step, in order, each with whether it has changed what others see. */
  const listen = async (round: (dying: Dying) => Promise<void>): Promise<boolean[]> => {
    const calls: boolean[] = []
    let inTransaction = false
    await round(async (act) => {
      attend((packet) => {
        const call = packet.toString('latin1')
        if (BACKGROUND.test(call)) return undefined
        if (/BEGIN|COMMIT/.test(call)) inTransaction = call.includes('BEGIN')
        calls.push(CHANGE.test(call) && !inTransaction)
        return undefined
      })
      await act()
      attend(undefined)
      return false
    })
    return calls
  }
  /** Kills the process as soon as the call of this number is done, before it hears of that. */
  const killedAt =
    (at: number): Dying =>
    async (act) => {
      let [left, killed] = [at, false]
      attend((packet) => {
        if (BACKGROUND.test(packet.toString('latin1')) || left-- > 0) return undefined
        return () => {
          killed = true
          running.kill('SIGKILL')
        }
      })
      await act().catch((error: unknown) => {
        if (!killed) throw error
      })
      attend(undefined)
      if (!killed) return false
      await running.ended
      running = await launch()
      return true
    }

  /** What somebody has set up before, with its event. */
  const enrol = async (accountId: string, factor: string, enrolled: Enrolled<unknown>): Promise<void> => {
    const event = { factor, credentialId: randomUUID(), accountId }
    await stores.credentials.enrol(event.credentialId, accountId, factor, enrolled, 10, {
      ...event,
      event: 'factor.enrolled',
    })
  }
  let count = 0
  return {
    issuer,
    pool,
    stores,
    portal: await relyingParty(issuer),
    verein: await relyingParty(issuer, { ...CLIENT, clientId: 'verein' }),

    /** Does it all once in peace, then once for each point at which the process is killed. */
    async everywhere(round: (dying: Dying) => Promise<void>): Promise<void> {
      const calls = await listen(round)
      const changes = [...calls.keys()].filter((at) => calls[at])
      const points = KILLS === 'all' ? [...calls.keys()] : spread(changes, Number(KILLS))
      expect(points.length).toBeGreaterThan(0)
      let kills = 0
      for (const at of points) {
        await round(async (act) => {
          const killed = await killedAt(at)(act)
          if (killed) kills++
          return killed
        }).catch((cause: unknown) => {
          throw new Error(`killed after store call ${at} of ${calls.length}`, { cause })
        })
      }
      // Calls made side by side are one packet or two: the last points of one round may be missing in another.
      expect(kills).toBeGreaterThanOrEqual(points.length / 2)
    },

    /** Somebody new, with an app whose codes of three steps none has used. */
    async person({ hasApp = true } = {}) {
      const username = `person${++count}`
      const account = { username, emailVerified: false, group: 'citizens', locale: 'de' }
      const id = await stores.accounts.create(account, password, { event: 'account.created', by: 'cli' })
      const { secret, enrolled } = await app(Date.now() - 3 * CODE_MS)
      if (hasApp) await enrol(id, 'totp', enrolled)
      return { id, username, password: PASSWORD, secret }
    },
    /** So many keys that prove no more than an app does, so that nobody is asked for them. */
    async addKeys(accountId: string, many: number): Promise<void> {
      for (let n = 1; n <= many; n++)
        await enrol(accountId, 'webauthn', {
          data: { ...KEY, userHandle: accountId },
          externalId: randomUUID(),
          label: `Schlüssel ${n}`,
          strength: { kinds: ['possession'], amr: ['hwk'], phishingResistant: false, identity: 'none' },
        })
    },
    eventsOf: (accountId: string) => eventsOf(pool, accountId),
    async close() {
      running.kill('SIGTERM')
      await Promise.all([running.ended, close()])
      for (const line of lines) line.close()
    },
  }
}

/** So many of them, evenly. */
const spread = (points: readonly number[], many: number): number[] => [
  ...new Set(
    Array.from({ length: many }, (_, i) => points[Math.floor(((i + 0.5) * points.length) / many)] ?? 0),
  ),
]
