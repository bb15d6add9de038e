import { Pool, type PoolClient, type PoolConfig, types } from 'pg'
import { AppError } from '../domain/errors.ts'

/** Where statements go: the pool, or the one client of a transaction. */
export type Queryable = Pick<PoolClient, 'query'>

const INT8 = 20
types.setTypeParser(INT8, Number)

/** SQLSTATE classes that mean: not now. Connection (08), resources (53), shutdown (57), read-only (25006). */
const OUTAGE = /^(08|53|57P|25006|40001|40P01)/
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOENT', 'ENOTFOUND', 'EAI_AGAIN'])

/** A pool with timeouts on everything; `onError` hears of idle connections that break. */
export function createPool(config: PoolConfig, onError: (error: Error) => void): Pool {
  const pool = new Pool({
    connectionTimeoutMillis: 3_000,
    query_timeout: 5_000,
    idleTimeoutMillis: 30_000,
    max: 20,
    ...config,
  })
  pool.on('error', onError)
  return pool
}

/** All or nothing. `work` uses the client it is given and never the pool. */
export async function transaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    client.release()
    return result
  } catch (error) {
    await client.query('ROLLBACK').then(
      () => client.release(),
      (broken: Error) => client.release(broken),
    )
    throw error
  }
}

/** Runs a store call; an outage becomes `store_unavailable`, a broken statement stays what it is. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isOutage(error) ? new AppError('store_unavailable', { cause: error }) : error
  }
}

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return OUTAGE.test(code) || NETWORK.has(code) || /timeout|terminated|connection/i.test(error.message)
}

/** Wraps each method of a store in `guarded`. */
export function guard<T extends object>(store: T): T {
  return Object.fromEntries(
    Object.entries(store).map(([name, method]) => [name, (...args: unknown[]) => guarded(() => method(...args))]),
  ) as T
}
