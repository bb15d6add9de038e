import type { Pool } from 'pg'
import type { Stores } from '../journey/ports.ts'
import { createAccounts } from './accounts.ts'
import { createAttempts } from './attempts.ts'
import { createAudit } from './audit.ts'
import { createCredentials } from './credentials.ts'
import { createDismissals } from './dismissals.ts'
import { startEmbedded } from './embedded.ts'
import { ephemeralInPostgres } from './ephemeral-postgres.ts'
import { ephemeralInRedis } from './ephemeral-redis.ts'
import { sealedEphemeral } from './ephemeral-sealed.ts'
import { createKeys } from './keys.ts'
import { migrate } from './migrate.ts'
import { createPool, guard } from './postgres.ts'
import { createRedis } from './redis.ts'
import { createSeal, type RingKey, type Seal } from './seal.ts'
import { sweep } from './sweep.ts'
import { createTokens } from './tokens.ts'

const SWEEP_MS = 10 * 60_000

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
  /** Throws where the database or Redis does not answer. */
  ready(): Promise<void>
  close(): Promise<void>
}

/** Opens all stores. The embedded database is migrated here; a PostgreSQL server by `pforte migrate`. */
export async function openStores({ database, redisUrl, keyRing, onError }: StoreOptions): Promise<OpenStores> {
  const embedded = 'folder' in database ? await startEmbedded(database.folder) : undefined
  const connection = 'folder' in database ? embedded?.connection : { connectionString: database.url }
  const pool = createPool(connection ?? {}, onError)
  const redis = redisUrl ? createRedis(redisUrl, onError) : undefined
  if (embedded) await migrate(pool)
  const sweeper = setInterval(() => sweep(pool).catch(onError), SWEEP_MS).unref()
  const seal = createSeal(keyRing)
  const ephemeral = redis ? ephemeralInRedis(redis) : guard(ephemeralInPostgres(pool))
  return {
    stores: {
      accounts: guard(createAccounts(pool, seal)),
      credentials: guard(createCredentials(pool, seal)),
      dismissals: guard(createDismissals(pool)),
      audit: guard(createAudit(pool)),
      tokens: guard(createTokens(pool, seal)),
      keys: guard(createKeys(pool, seal)),
      attempts: createAttempts(pool, redis),
      ephemeral: sealedEphemeral(ephemeral, seal),
    },
    pool,
    seal,
    async ready() {
      await Promise.all([pool.query('SELECT 1'), redis?.ping()])
    },
    async close() {
      clearInterval(sweeper)
      redis?.disconnect()
      await pool.end()
      await embedded?.close()
    },
  }
}
