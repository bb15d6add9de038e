import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import type { Pool } from 'pg'

const DIRECTORY = fileURLToPath(new URL('../../migrations', import.meta.url))

/** Brings the schema up to date; forward only, each file in its own transaction. Returns the names it ran. */
export async function migrate(pool: Pool): Promise<string[]> {
  return run(pool, false)
}

/** Names of the migrations that have not run yet. */
export async function pending(pool: Pool): Promise<string[]> {
  return run(pool, true)
}

async function run(pool: Pool, dryRun: boolean): Promise<string[]> {
  const client = await pool.connect()
  try {
    const ran = await runner({
      dbClient: client,
      dir: DIRECTORY,
      direction: 'up',
      migrationsTable: 'migrations',
      checkOrder: true,
      singleTransaction: false,
      dryRun,
      log: () => {},
    })
    return ran.map((migration) => migration.name)
  } finally {
    client.release()
  }
}
