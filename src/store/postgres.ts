import { types } from 'node:util'
import { DatabaseError, Pool, type PoolClient, type PoolConfig } from 'pg'
import { AppError } from '../domain/errors.ts'
import type { Circuit } from './circuit.ts'

/** Where statements go: the pool, or the one client of a transaction. */
export type Queryable = Pick<PoolClient, 'query'>

/**
 * SQLSTATE classes that mean: not now. Connection (08), refused login or no such database (28, 3D), resources (53),
 * lock and statement timeouts (55P03, 57014), shutdown (57P), read-only after a failover (25006), conflict (40).
 */
const OUTAGE = /^(08|28|3D|53|55P03|57014|57P|25006|40001|40P01)/

const NETWORK = new Set(
  'EACCES ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH ENOENT ENOTFOUND EAI_AGAIN'.split(
    ' ',
  ),
)
/** Certificates that are not those of our server, or have ended (OpenSSL's names, and Node's for names of hosts). */
const UNTRUSTED = /^(CERT_|DEPTH_ZERO_|ERR_SSL_|ERR_TLS_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY)_)/
/** What the driver says of connections, which carries no code. */
const BROKEN =
  /^(Connection terminated|timeout e|Query read timeout|Client (has|was) |Cannot use a pool|The server does not support SSL)/

const STATEMENT_MS = 5_000

/** What only a server with sessions of its own understands; the embedded database has one session for all. */
export const SERVER_TIMEOUTS: PoolConfig = {
  statement_timeout: STATEMENT_MS,
  idle_in_transaction_session_timeout: 2 * STATEMENT_MS,
}

/** A pool with timeouts on everything; `onError` hears of idle connections that break. */
export function createPool(config: PoolConfig, onError: (error: Error) => void): Pool {
  const pool = new Pool({
    connectionTimeoutMillis: 3_000,
    // For a server that does not answer at all; one that does stops the statement by itself, a little earlier.
    query_timeout: STATEMENT_MS + 500,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    max: 20,
    ...config,
  })
  pool.on('error', onError)
  // One that breaks within a transaction fails the statement at hand, which reports it; unheard, it would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
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
    await rollback(client, error)
    throw error
  }
}

/** Ends the transaction; a connection that is lost is closed, with which the server ends it by itself. */
async function rollback(client: PoolClient, reason: unknown): Promise<void> {
  if (isOutage(reason)) return client.release(true)
  await client.query('ROLLBACK').then(
    () => client.release(),
    () => client.release(true),
  )
}

/** Runs a store call; an outage becomes `store_unavailable`, a broken statement stays what it is. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isOutage(error) ? new AppError('store_unavailable', { cause: error }) : error
  }
}

/** Somebody else holds the lock, and we do not wait for it, or not any longer. */
export const isLocked = (error: unknown): boolean => error instanceof DatabaseError && error.code === '55P03'

/** A row with this key is there already. */
export const isTaken = (error: unknown): boolean => error instanceof DatabaseError && error.code === '23505'

function isOutage(error: unknown): boolean {
  if (error instanceof DatabaseError) return OUTAGE.test(error.code ?? '')
  if (!types.isNativeError(error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return NETWORK.has(code) || UNTRUSTED.test(code) || BROKEN.test(error.message)
}

/** Wraps each method of a store in `guarded`, behind a circuit. */
export function guard<T extends object>(store: T, circuit: Circuit): T {
  return Object.fromEntries(
    Object.entries(store).map(([name, method]) => [
      name,
      (...args: unknown[]) => circuit.run(() => guarded(() => method(...args))),
    ]),
  ) as T
}
