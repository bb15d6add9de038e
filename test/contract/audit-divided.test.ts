import { readdirSync } from 'node:fs'
import { runner } from 'node-pg-migrate'
import type { Pool } from 'pg'
import { openDatabase } from '../../src/store/index.ts'
import { migrate } from '../../src/store/migrate.ts'
import { withStores } from '../support/admin.ts'
import { embedded, postgres } from '../support/backends.ts'

const BEFORE = readdirSync('migrations').filter((name) => name < '0016').length

/** Up to the version that knew no months. */
async function migrateBefore(pool: Pool): Promise<void> {
  const client = await pool.connect()
  await runner({
    dbClient: client,
    dir: 'migrations',
    direction: 'up',
    count: BEFORE,
    migrationsTable: 'migrations',
    singleTransaction: false,
    noLock: true,
    log: () => {},
  })
  client.release()
}

test.each([embedded, postgres])(
  'An audit trail from before there were months stays whole in $name, and the version before writes on',
  async ({ empty }) => {
    const backend = await empty()
    const { pool, close } = await openDatabase(backend.database, () => {})
    await migrateBefore(pool)
    const write = 'INSERT INTO audit (event, data) SELECT $1::text, $2::jsonb RETURNING id, at'
    const add = async (count: number): Promise<number[]> => {
      const ids: number[] = []
      for (let n = 0; n < count; n++)
        ids.push(Number((await pool.query(write, ['login.refused', {}])).rows[0].id))
      return ids
    }
    // Often enough for a plan that is kept.
    expect(await add(8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    await pool.query(
      "INSERT INTO audit (at, event, data) VALUES (now() - interval '7 years', 'login.refused', '{}')",
    )
    await migrate(pool)
    expect(await add(2)).toEqual([10, 11])
    await close()
    await withStores(backend, async ({ chain, months }) => {
      while (await chain.seal());
      await months.ahead()
      // Rows of the version before go together, once the youngest of them is old enough.
      expect(await months.removeOldest(36)).toBe(false)
      expect(await chain.verify()).toMatchObject({
        rows: 11,
        unsealed: 0,
        head: expect.stringMatching(/^11:/),
      })
    })
  },
)
