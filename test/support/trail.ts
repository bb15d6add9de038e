import { makeMonth } from '../../src/store/audit-months.ts'
import type { withStores } from './admin.ts'

export type Opened = Parameters<Parameters<typeof withStores>[1]>[0]

export const KEEP = 36

/** The first instant of a month, so many before the present one. */
export const monthsAgo = (count: number): string => {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - count)).toISOString()
}
export const nameOf = (since: string): string => `audit_${since.slice(0, 7).replace('-', '_')}`

/** As a trail that was begun 39 months ago, of which 36 are kept; `made`: which of the first four have a part of their own. */
export async function makePast({ pool }: Opened, made = [39, 38, 37, 36]): Promise<void> {
  const { rows } = await pool.query(
    `SELECT substring(pg_get_expr(relpartbound, oid) FROM $$TO \\('([^']+)'$$) AS until
     FROM pg_class WHERE relname = 'audit_first'`,
  )
  await pool.query('ALTER TABLE audit DETACH PARTITION audit_first')
  await pool.query(
    `ALTER TABLE audit ATTACH PARTITION audit_first FOR VALUES FROM (MINVALUE) TO ('${monthsAgo(39)}')`,
  )
  for (const count of made) {
    const since = monthsAgo(count)
    await makeMonth(pool, { name: nameOf(since), since, until: monthsAgo(count - 1) })
  }
  await makeMonth(pool, { name: 'audit_since', since: monthsAgo(35), until: rows[0].until })
}

export const write = async ({ pool }: Opened, at: string, reason: string) => {
  await pool.query(`INSERT INTO audit (at, event, data) VALUES ($1, 'login.refused', $2)`, [at, { reason }])
}
/** In each month two rows, and one that is sealed after the first of the next month; twelve with the last one. */
export async function writePast(opened: Opened): Promise<void> {
  for (const count of [39, 38, 37, 36]) {
    await write(opened, monthsAgo(count), `first of ${count}`)
    if (count < 39) await write(opened, monthsAgo(count + 1), `late of ${count + 1}`)
    await write(opened, monthsAgo(count), `second of ${count}`)
  }
  await write(opened, new Date().toISOString(), 'now')
  await sealed(opened)
}
export const sealed = async ({ chain }: Opened) => {
  while (await chain.seal());
}
export const removed = async ({ months }: Opened) => {
  let parts = 0
  while (await months.removeOldest(KEEP)) parts++
  return parts
}
export const partsOf = async ({ pool }: Opened): Promise<string[]> => {
  const { rows } = await pool.query(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit'::regclass ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}
export const reasonsOf = async ({ pool }: Opened): Promise<string[]> => {
  const { rows } = await pool.query(
    `SELECT data ->> 'reason' AS reason FROM audit WHERE data ? 'reason' ORDER BY id`,
  )
  return rows.map(({ reason }) => reason)
}
/** What somebody can do who owns the database. */
export const tamper = async ({ pool }: Opened, sql: string) => {
  const owner = await pool.connect()
  await owner.query('SET session_replication_role = replica')
  await owner.query(sql)
  await owner.query('RESET session_replication_role')
  owner.release()
}
