import { randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import { AppError } from '../domain/errors.ts'
import type { Stores } from '../journey/ports.ts'
import { createAccessCodes } from './access-codes.ts'
import { createAccounts } from './accounts.ts'
import { createAttempts } from './attempts.ts'
import { createAudit } from './audit.ts'
import { type AuditChain, createAuditChain } from './audit-chain.ts'
import { type AuditMonths, createAuditMonths } from './audit-months.ts'
import { createCircuit } from './circuit.ts'
import { createConnections } from './connections.ts'
import { createConsents } from './consents.ts'
import { createConsumed } from './consumed.ts'
import { createCredentials } from './credentials.ts'
import { createDeletions } from './deletions.ts'
import { createDismissals } from './dismissals.ts'
import { startEmbedded } from './embedded.ts'
import { ephemeralInPostgres } from './ephemeral-postgres.ts'
import { ephemeralInRedis } from './ephemeral-redis.ts'
import { sealedEphemeral } from './ephemeral-sealed.ts'
import { createFreezes } from './freezes.ts'
import { createHandovers } from './handovers.ts'
import { createHelps } from './helps.ts'
import { createKeys } from './keys.ts'
import { createLogouts } from './logouts.ts'
import { createMailedCodes } from './mailed-codes.ts'
import { migrate } from './migrate.ts'
import { createOutbox } from './outbox.ts'
import { createPool, guard, guarded } from './postgres.ts'
import { serverConfig } from './primary.ts'
import { answered, createRedis } from './redis.ts'
import { createRegistrations } from './registrations.ts'
import { createRollouts } from './rollouts.ts'
import { createSeal, type RingKey, type Seal } from './seal.ts'
import { createSessions } from './sessions.ts'
import { sweep } from './sweep.ts'
import { createTokens } from './tokens.ts'
import { createWorkplaces } from './workplaces.ts'

const SWEEP_MS = 10 * 60_000
const READY_MS = 1_000

export interface StoreOptions {
  database: { url: string } | { folder: string }
  redisUrl?: string
  keyRing: readonly RingKey[]
  /** Hears of connections that break while nobody waits for them. */
  onError: (error: Error) => void
}

export interface OpenStores {
  stores: Stores
  pool: Pool
  seal: Seal
  chain: AuditChain
  months: AuditMonths
  /** What the operator should know of this database; one line for the log. */
  note?: string
  /** Throws where the database takes no writes, or it or Redis does not answer within a second. */
  ready(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens all stores. The embedded database is migrated here; a PostgreSQL server by `pforte migrate`. Redis is not
 * waited for: `ready` tells.
 */
export async function openStores({
  database,
  redisUrl,
  keyRing,
  onError,
}: StoreOptions): Promise<OpenStores> {
  const seal = createSeal(keyRing)
  const { pool, embedded, close } = await openDatabase(database, onError)
  if (embedded) await migrateOrClose(pool, close)
  const circuits = { database: createCircuit(), redis: createCircuit() }
  const behind = <T extends object>(store: T): T => guard(store, circuits.database)
  const redis = redisUrl ? createRedis(redisUrl, onError) : undefined
  const sweeper = setInterval(() => sweep(pool).catch(onError), SWEEP_MS).unref()
  const ephemeral = redis ? ephemeralInRedis(redis, circuits.redis) : behind(ephemeralInPostgres(pool))
  const keys = behind(createKeys(pool, seal))
  const chainKey = () => keys.secret('audit chain', newSecret)
  return {
    stores: {
      accessCodes: behind(createAccessCodes(pool, keyRing)),
      accounts: behind(createAccounts(pool, seal)),
      credentials: behind(createCredentials(pool, seal)),
      dismissals: behind(createDismissals(pool)),
      audit: behind(createAudit(pool)),
      tokens: behind(createTokens(pool, seal)),
      connections: behind(createConnections(pool)),
      consents: behind(createConsents(pool)),
      consumed: behind(createConsumed(pool)),
      deletions: behind(createDeletions(pool)),
      freezes: behind(createFreezes(pool, keyRing)),
      handovers: behind(createHandovers(pool, keyRing)),
      helps: behind(createHelps(pool)),
      keys,
      logouts: behind(createLogouts(pool)),
      mailedCodes: behind(createMailedCodes(pool, seal, keyRing)),
      outbox: behind(createOutbox(pool, seal)),
      registrations: behind(createRegistrations(pool, seal)),
      rollouts: behind(createRollouts(pool)),
      sessions: behind(createSessions(pool)),
      workplaces: behind(createWorkplaces(pool, keyRing)),
      attempts: createAttempts(pool, redis, circuits),
      ephemeral: sealedEphemeral(ephemeral, seal),
    },
    pool,
    seal,
    chain: behind(createAuditChain(pool, chainKey)),
    // Takes its time now and then: nobody else's call may wait for it.
    months: createAuditMonths(pool, chainKey),
    ...(embedded ? { note: 'embedded database: not for production' } : {}),
    async ready() {
      const database = circuits.database.probe(() => guarded(() => writable(pool)))
      const short = redis && circuits.redis.probe(() => answered(() => redis.ping()))
      await inTime(Promise.all([database, short]))
    },
    async close() {
      clearInterval(sweeper)
      redis?.disconnect()
      await close()
    },
  }
}

const newSecret = (): string => randomBytes(32).toString('base64')

export interface OpenDatabase {
  pool: Pool
  embedded: boolean
  close(): Promise<void>
}

/** The database alone, as it is: nothing is migrated. */
export async function openDatabase(
  database: StoreOptions['database'],
  onError: StoreOptions['onError'],
): Promise<OpenDatabase> {
  if ('url' in database) {
    const pool = createPool(serverConfig(database.url), onError)
    return { pool, embedded: false, close: () => pool.end() }
  }
  const embedded = await startEmbedded(database.folder)
  const pool = createPool(embedded.connection, onError)
  return {
    pool,
    embedded: true,
    async close() {
      await pool.end()
      await embedded.close()
    },
  }
}

async function migrateOrClose(pool: Pool, close: () => Promise<void>): Promise<void> {
  try {
    await migrate(pool)
  } catch (error) {
    await close()
    throw error
  }
}

/** A server that was made a standby answers, and takes no writes. */
async function writable(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ transaction_read_only: string }>('SHOW transaction_read_only')
  if (rows[0]?.transaction_read_only === 'on') throw new AppError('store_unavailable')
}

/** Whoever asks whether we are ready does not wait as long as a request may. */
function inTime(answer: Promise<unknown>): Promise<unknown> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new AppError('store_unavailable')), READY_MS)
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}
