import type { Pool } from 'pg'
import { type AuditRow, BATCH, COLUMNS, linker, RANGE, START } from './audit-link.ts'
import { type ChainReport, verifyChain } from './audit-verify.ts'
import { isTaken } from './postgres.ts'

export interface AuditChain {
  /** Adds rows that have no link yet. Whether there may be more; not where another instance was first. */
  seal(): Promise<boolean>
  /** Follows the chain from its beginning; `noted` is a head that was noted down once and must be on it. */
  verify(noted?: string): Promise<ChainReport>
}

/** A row that was written late is found among so many links at the end of the chain. */
const LOOK_BACK = 50_000

/**
 * Links are made after the rows, in the order in which they become visible, so that no login waits for another. `seq`
 * and `audit_id` are unique: of two instances that seal at once one fails, and the chain never forks.
 */
export function createAuditChain(pool: Pool, key: () => Promise<string>): AuditChain {
  return {
    async seal() {
      const link = linker(await key())
      const { rows: ends } = await pool.query<{ seq: string; link: Buffer }>(
        'SELECT seq, link FROM audit_chain ORDER BY seq DESC LIMIT 1',
      )
      const { rows, more } = await withoutLink(pool)
      if (rows.length === 0) return false
      let last = ends[0]?.link ?? START
      const links = rows.map((row) => {
        last = link(last, row)
        return last
      })
      try {
        await pool.query(
          `INSERT INTO audit_chain (seq, audit_id, link)
           SELECT $1::bigint + n, audit_id, link
           FROM unnest($2::bigint[], $3::bytea[]) WITH ORDINALITY AS sealed (audit_id, link, n)`,
          [ends[0]?.seq ?? 0, rows.map(({ id }) => id), links],
        )
      } catch (error) {
        if (isTaken(error)) return false
        throw error
      }
      return more
    },

    verify: async (noted) => verifyChain(pool, await key(), noted),
  }
}

/** Some rows that have no link, the oldest first; none where all have one. Each statement reads a part that has an end. */
async function withoutLink(pool: Pool): Promise<{ rows: AuditRow[]; more: boolean }> {
  const bounds = await pool.query<{ sealed: string; last: string }>(
    `SELECT coalesce(min(audit_id), 0) AS sealed, (SELECT coalesce(max(id), 0) FROM audit) AS last
     FROM (SELECT audit_id FROM audit_chain ORDER BY seq DESC LIMIT ${LOOK_BACK}) AS latest`,
  )
  const last = Number(bounds.rows[0]?.last)
  for (let after = Number(bounds.rows[0]?.sealed); after < last; after += RANGE) {
    const { rows } = await pool.query<AuditRow>(
      `SELECT ${COLUMNS} FROM audit a WHERE a.id > $1 AND a.id <= $2 AND NOT EXISTS (
         SELECT FROM audit_chain c WHERE c.audit_id = a.id AND c.audit_id > $1 AND c.audit_id <= $2)
       ORDER BY a.id LIMIT ${BATCH}`,
      [after, after + RANGE],
    )
    if (rows.length > 0) return { rows, more: rows.length === BATCH || after + RANGE < last }
  }
  return { rows: [], more: false }
}
