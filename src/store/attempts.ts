import type { Pool } from 'pg'
import {
  type RateLimiterAbstract,
  RateLimiterPostgres,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { Attempts, Counter, Limit } from '../journey/ports.ts'
import { auditInsert } from './audit.ts'
import { type Circuit, unavailable } from './circuit.ts'
import { guarded } from './postgres.ts'
import { answered, type RedisClient } from './redis.ts'

/** Counts in PostgreSQL; `fast` counters in Redis where there is one. One upsert each: exact under parallel requests. */
export function createAttempts(
  pool: Pool,
  redis: RedisClient | undefined,
  circuits: { database: Circuit; redis: Circuit },
): Attempts {
  const table = { tableName: 'attempts', tableCreated: true, clearExpiredByTimeout: false }
  const client = { storeType: 'client', storeClient: unnamed(pool) }
  const durable = limiters((limit) => new RateLimiterPostgres({ ...client, ...table, ...options(limit) }))
  const fast = redis
    ? limiters((limit) => new RateLimiterRedis({ storeClient: redis, ...options(limit) }))
    : durable
  // The first limiter teaches the client its command; a pipeline that is under way by then would not know it.
  if (redis) fast({ name: 'address', points: 1, seconds: 1 })

  type Work<T> = () => Promise<T>
  const slow = {
    limiter: durable,
    ask: <T>(work: Work<T>) => circuits.database.run(() => unavailable(work)),
  }
  const quick = redis
    ? { limiter: fast, ask: <T>(work: Work<T>) => circuits.redis.run(() => answered(work)) }
    : slow
  const at = (where: 'fast' | 'durable') => (where === 'fast' ? quick : slow)

  return {
    async spend(limit, key, where) {
      const { limiter, ask } = at(where)
      const refused = await ask(() => spent(limiter(limit), key))
      return refused ? seconds(limit, refused) : 0
    },
    async refund(limit, key, where) {
      const { limiter, ask } = at(where)
      await ask(() => limiter(limit).reward(key))
    },
    async clear(counters, where) {
      if (where === 'durable') return circuits.database.run(() => guarded(() => clear(pool, counters)))
      const { limiter, ask } = quick
      await Promise.all(counters.map(({ limit, key }) => ask(() => limiter(limit).delete(key))))
    },
    pardon: (limits, subjects, event) =>
      circuits.database.run(() => guarded(() => pardon(pool, limits, subjects, event))),
  }
}

/** All in one statement, under the names that the library gives them. */
async function clear(pool: Pool, counters: readonly Counter[]): Promise<void> {
  const keys = counters.map(({ limit, key }) => `${limit.name}:${key}`)
  await pool.query('DELETE FROM attempts WHERE key = ANY($1)', [keys])
}

/** `;` is what follows `:` in the byte order of the keys: each range is all keys under one limit and subject. */
async function pardon(pool: Pool, limits: readonly Limit[], subjects: readonly string[], event: AuditEvent) {
  const starts = limits.flatMap(({ name }) => subjects.map((subject) => `${name}:${subject}`))
  const audit = auditInsert(event, 2, 'WHERE EXISTS (SELECT FROM cleared)')
  const { rowCount } = await pool.query(
    `WITH cleared AS (
       DELETE FROM attempts USING unnest($1::text[]) AS start
       WHERE key COLLATE "C" >= start || ':' AND key COLLATE "C" < start || ';' RETURNING 1)
     ${audit.sql}`,
    [starts, ...audit.values],
  )
  return rowCount === 1
}

/** What the limiter said where it refused; it rejects with that, as with an outage. */
async function spent(limiter: RateLimiterAbstract, key: string): Promise<RateLimiterRes | undefined> {
  try {
    await limiter.consume(key)
    return undefined
  } catch (outcome) {
    if (outcome instanceof RateLimiterRes) return outcome
    throw outcome
  }
}

/** One limiter per limit, made on first use. */
function limiters(make: (limit: Limit) => RateLimiterAbstract): (limit: Limit) => RateLimiterAbstract {
  const made = new Map<string, RateLimiterAbstract>()
  return (limit) => {
    const name = `${limit.name} ${limit.points} ${limit.seconds}`
    const known = made.get(name) ?? make(limit)
    made.set(name, known)
    return known
  }
}

/** The library names its statements; on the embedded database names of different connections collide. */
const unnamed = (pool: Pool) => ({
  query: ({ text, values }: { text: string; values: unknown[] }) => pool.query(text, values),
})

const options = ({ name, points, seconds }: Limit) => ({ keyPrefix: name, points, duration: seconds })

const seconds = (limit: Limit, { msBeforeNext }: RateLimiterRes): number =>
  limit.seconds === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.ceil(msBeforeNext / 1000))
