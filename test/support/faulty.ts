import type { Pool } from 'pg'
import { createPool } from '../../src/store/postgres.ts'
import { postgresAndRedis } from './backends.ts'
import { type Line, outage } from './outage.ts'
import { CLIENT, type Options, startProvider, type TestProvider } from './provider.ts'
import { relyingParty } from './relying-party.ts'

export interface Faulty {
  provider: TestProvider
  portal: Awaited<ReturnType<typeof relyingParty>>
  /** To the database and to Redis; the test's own connections go past them. */
  database: Line
  redis: Line
  sql: Pool
  /** Where `redis` leads. */
  redisUrl: string
  /** What the token endpoint says to a refresh token. */
  refresh(token: string): Promise<Response>
  /** Status of a health check. */
  health(path: 'live' | 'ready'): Promise<number>
  /** Waits until the instance says of itself that it is, or is not, ready. */
  readyIs(expected: boolean): Promise<void>
  close(): Promise<void>
}

/** An instance on PostgreSQL and Redis, each at the end of a line that fails on demand. */
export async function startFaulty(options: Partial<Options> = {}): Promise<Faulty> {
  const backend = await postgresAndRedis.open()
  if (!('url' in backend.database)) throw new Error('no server')
  return attach({ database: backend.database.url, redis: backend.redisUrl ?? '' }, options)
}

/** The same on stores that are there already. */
export async function attach(
  urls: { database: string; redis: string },
  given: Partial<Options> = {},
): Promise<Faulty> {
  const [database, redis] = [await outage(urls.database), await outage(urls.redis)]
  const provider = await startProvider({
    ...given,
    database: { url: database.url },
    redisUrl: redis.url,
  })
  // Writes even where the database is made read-only for everybody else.
  const options = '-c default_transaction_read_only=off'
  const sql = createPool({ connectionString: urls.database, max: 1, options }, () => {})
  const health = async (path: string) => (await fetch(`${provider.issuer}/health/${path}`)).status
  return {
    provider,
    portal: await relyingParty(provider.issuer),
    database,
    redis,
    sql,
    redisUrl: urls.redis,
    refresh: (refresh_token) =>
      fetch(`${provider.issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${CLIENT.clientId}:${CLIENT.secret}`)}` },
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token }),
      }),
    health,
    async readyIs(expected) {
      while (((await health('ready')) === 200) !== expected);
    },
    async close() {
      database.restore()
      redis.restore()
      await provider.close()
      await sql.end()
      database.close()
      redis.close()
    },
  }
}

/** How long something takes; milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

/** The events of an account in the audit, oldest first. */
export async function eventsOf(sql: Pool, accountId: string): Promise<string[]> {
  const { rows } = await sql.query<{ event: string }>(
    'SELECT event FROM audit WHERE account_id = $1 ORDER BY id',
    [accountId],
  )
  return rows.map(({ event }) => event)
}

/** Notes a page, to come back to it as with the browser's back button. */
export const pageOf = ({ url, html }: { url: string; html: string }) => ({ url, html })
