import type { Pool } from 'pg'
import { type AuditRow, BATCH, COLUMNS, linker, START } from './audit-link.ts'
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
      const { rows } = await pool.query<AuditRow>(
        `SELECT ${COLUMNS} FROM audit a
         WHERE a.id > coalesce((SELECT min(audit_id) FROM (
             SELECT audit_id FROM audit_chain ORDER BY seq DESC LIMIT ${LOOK_BACK}) AS latest), 0)
           AND NOT EXISTS (SELECT FROM audit_chain c WHERE c.audit_id = a.id)
         ORDER BY a.id LIMIT ${BATCH}`,
      )
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
      return rows.length === BATCH
    },

    verify: async (noted) => verifyChain(pool, await key(), noted),
  }
}
