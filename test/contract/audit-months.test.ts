import { linker } from '../../src/store/audit-link.ts'
import { makeMonth } from '../../src/store/audit-months.ts'
import { environmentOf, withStores } from '../support/admin.ts'
import { type Backend, embedded, postgres } from '../support/backends.ts'
import { testConfig } from '../support/config.ts'
import { pforte } from '../support/process.ts'

type Opened = Parameters<Parameters<typeof withStores>[1]>[0]

const KEEP = 36

/** The first instant of a month, so many before the present one. */
const monthsAgo = (count: number): string => {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - count)).toISOString()
}
const nameOf = (since: string): string => `audit_${since.slice(0, 7).replace('-', '_')}`

/** As a trail that was begun 39 months ago and has months since then, 36 of which are kept. */
async function makePast({ pool }: Opened): Promise<void> {
  const { rows } = await pool.query(
    `SELECT substring(pg_get_expr(relpartbound, oid) FROM $$TO \\('([^']+)'$$) AS until
     FROM pg_class WHERE relname = 'audit_first'`,
  )
  await pool.query('ALTER TABLE audit DETACH PARTITION audit_first')
  await pool.query(`ALTER TABLE audit ATTACH PARTITION audit_first FOR VALUES FROM (MINVALUE) TO ('${monthsAgo(39)}')`)
  for (const count of [39, 38, 37, 36])
    await makeMonth(pool, { name: nameOf(monthsAgo(count)), since: monthsAgo(count), until: monthsAgo(count - 1) })
  await makeMonth(pool, { name: 'audit_since', since: monthsAgo(35), until: rows[0].until })
}

const write = async ({ pool }: Opened, at: string, reason: string) => {
  await pool.query(`INSERT INTO audit (at, event, data) VALUES ($1, 'login.refused', $2)`, [at, { reason }])
}
const sealed = async ({ chain }: Opened) => {
  while (await chain.seal());
}
const removed = async ({ months }: Opened) => {
  let parts = 0
  while (await months.removeOldest(KEEP)) parts++
  return parts
}
const partsOf = async ({ pool }: Opened): Promise<string[]> => {
  const { rows } = await pool.query(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit'::regclass ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}
const reasonsOf = async ({ pool }: Opened): Promise<string[]> => {
  const { rows } = await pool.query(`SELECT data ->> 'reason' AS reason FROM audit WHERE data ? 'reason' ORDER BY id`)
  return rows.map(({ reason }) => reason)
}
/** What somebody can do who owns the database. */
const tamper = async ({ pool }: Opened, sql: string) => {
  await pool.query('SET session_replication_role = replica')
  await pool.query(sql)
  await pool.query('SET session_replication_role = origin')
}

/** Two rows in each month; the second of a month is sealed after the first of the next one. */
async function writePast(opened: Opened): Promise<void> {
  await makePast(opened)
  for (const count of [39, 38, 37, 36]) {
    await write(opened, monthsAgo(count), `first ${count}`)
    if (count < 39) await write(opened, monthsAgo(count), `late ${count + 1}`)
    await write(opened, monthsAgo(count), `second ${count}`)
  }
  await opened.stores.audit.append({ event: 'login.refused', reason: 'now' })
}

describe.each([embedded, postgres])('The audit trail by month, in $name,', ({ open }) => {
  let backend: Backend
  beforeAll(async () => {
    backend = await open()
  })
  const opened = <T>(work: (opened: Opened) => Promise<T>): Promise<T> => withStores(backend, work)

  test('has the months to come made ahead, once, and takes rows of each and of any other', async () => {
    await opened(async (one) => {
      await one.months.ahead()
      const made = await partsOf(one)
      expect(made).toEqual(expect.arrayContaining(['audit_first', 'audit_other', nameOf(monthsAgo(-3))]))
      await one.months.ahead()
      expect(await partsOf(one)).toEqual(made)
      for (const count of [0, -1, -2, -3, -4]) await write(one, monthsAgo(count), `in ${-count} months`)
      const { rows } = await one.pool.query(
        `SELECT tableoid::regclass::text AS part FROM audit WHERE at >= $1 ORDER BY at DESC LIMIT 2`,
        [monthsAgo(0)],
      )
      expect(rows).toEqual([{ part: 'audit_other' }, { part: nameOf(monthsAgo(-3)) }])
      expect(await reasonsOf(one)).toHaveLength(5)
    })
  })
})
