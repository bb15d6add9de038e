import { Client, type ClientConfig, type PoolConfig } from 'pg'
import { eachServer } from '../domain/server-url.ts'
import { SERVER_TIMEOUTS } from './postgres.ts'
import { preparing } from './prepared.ts'

/** Milliseconds that a server has to say what it is. */
const PROBE_MS = 2_000
/** Milliseconds for which an answer is believed. */
const KNOWN_MS = 1_000

/** Says that the address is that of a pooler which lends a connection for one transaction, and for no longer. */
const POOLER = 'pgbouncer'

/** Whether nothing that outlives a transaction may be asked of the connections at this address. */
export const isPooled = (url: string): boolean =>
  eachServer(url).some((one) => new URL(one).searchParams.get(POOLER) === 'true')

/**
 * How to connect to a PostgreSQL server, or to the one of several (`postgres://a,b/name`) that takes writes. A pooler
 * does not know timeouts as parameters of a connection; there they are settings of the database role. What one statement
 * prepares the next may not find there.
 */
export function serverConfig(url: string): PoolConfig {
  const urls = eachServer(url).map(withoutPooler)
  const client = urls.length > 1 ? clientOfPrimary(urls) : Client
  return {
    ...(urls[0] ? { connectionString: urls[0] } : {}),
    ...(isPooled(url) ? { Client: client } : { Client: preparing(client), ...SERVER_TIMEOUTS }),
  }
}

function withoutPooler(url: string): string {
  const address = new URL(url)
  address.searchParams.delete(POOLER)
  return address.href
}

/** Which of several servers takes writes, by its address; after a failover it is another one. */
function clientOfPrimary(urls: readonly string[]): typeof Client {
  let known = { until: 0, url: Promise.resolve('') }
  const primary = (): Promise<string> => {
    const now = performance.now()
    if (now > known.until) known = { until: now + KNOWN_MS, url: Promise.any(urls.map(probe)).catch(none) }
    return known.url
  }
  return class extends Client {
    override connect(): Promise<Client>
    override connect(callback: (error?: Error) => void): void
    override connect(callback?: (error?: Error) => void): Promise<Client> | undefined {
      const connected = primary().then((url) => {
        const { hostname, port } = new URL(url)
        Object.assign(this, { host: hostname, port: Number(port || 5432) })
        return super.connect()
      })
      if (!callback) return connected
      connected.then(() => callback(), callback)
      return undefined
    }
  } as typeof Client
}

/** The address again, if its server takes writes. */
async function probe(url: string): Promise<string> {
  const config: ClientConfig = {
    connectionString: url,
    connectionTimeoutMillis: PROBE_MS,
    query_timeout: PROBE_MS,
  }
  const client = new Client(config)
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ writes: boolean }>('SELECT NOT pg_is_in_recovery() AS writes')
    if (rows[0]?.writes) return url
    throw new Error('it is a standby')
  } finally {
    await client.end().catch(() => {})
  }
}

/** For the store it is an outage like a server that is gone. */
function none(cause: unknown): never {
  throw Object.assign(new Error('none of the servers takes writes', { cause }), { code: 'EHOSTUNREACH' })
}
