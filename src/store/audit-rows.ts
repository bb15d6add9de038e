import type { Pool } from 'pg'
import { type AuditRow, BATCH, COLUMNS } from './audit-link.ts'

/** A row with its place in the chain; null until it is sealed. */
export type ExportedRow = AuditRow & { seq: string | null; link: string | null }

const SELECT = `SELECT ${COLUMNS}, c.seq, encode(c.link, 'hex') AS link
  FROM audit a LEFT JOIN audit_chain c ON c.audit_id = a.id`

/** The last rows, oldest first. */
export async function latest(pool: Pool, count: number): Promise<ExportedRow[]> {
  const { rows } = await pool.query<ExportedRow>(`${SELECT} ORDER BY a.id DESC LIMIT $1`, [count])
  return rows.toReversed()
}

/** All rows from one instant until before another (milliseconds), in batches, in the order of their ids. */
export async function* between(pool: Pool, since: number, until: number): AsyncGenerator<ExportedRow[]> {
  let after = '0'
  for (;;) {
    const { rows } = await pool.query<ExportedRow>(
      `${SELECT} WHERE a.id > $1 AND a.at >= $2 AND a.at < $3 ORDER BY a.id LIMIT ${BATCH}`,
      [after, new Date(since), new Date(until)],
    )
    if (rows.length > 0) yield rows
    if (rows.length < BATCH) return
    after = rows.at(-1)?.id ?? after
  }
}
