import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import { Client, type Pool } from 'pg'

const DIRECTORY = fileURLToPath(new URL('../../migrations', import.meta.url))

/** Brings the schema up to date; forward only, each file in its own transaction. Returns the names it ran. */
export async function migrate(pool: Pool): Promise<string[]> {
  return run(pool, false)
}

/** Names of the migrations that have not run yet. */
export async function pending(pool: Pool): Promise<string[]> {
  return run(pool, true)
}

/**
 * On a connection of its own: a migration may take longer than any request. Of several instances that start at
 * once the others wait for the first, and find nothing to do.
 */
async function run({ options }: Pool, dryRun: boolean): Promise<string[]> {
  // The pool keeps its password from being enumerated.
  const { password } = options
  const Connecting = (options.Client ?? Client) as typeof Client
  const client = new Connecting({
    ...options,
    ...(password === undefined ? {} : { password }),
    query_timeout: 0,
    statement_timeout: false,
  })
  client.on('error', () => {})
  await client.connect()
  const ran = await runner({
    dbClient: client,
    dir: DIRECTORY,
    direction: 'up',
    migrationsTable: 'migrations',
    checkOrder: true,
    singleTransaction: false,
    advisoryLockMode: 'wait',
    // Whoever only looks waits for nobody.
    noLock: dryRun,
    dryRun,
    log: () => {},
  }).finally(() => client.end())
  return ran.map((migration) => migration.name)
}
