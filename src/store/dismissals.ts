import type { Pool } from 'pg'
import type { Dismissals } from '../journey/ports.ts'
import { auditInsert } from './audit.ts'

export function createDismissals(pool: Pool): Dismissals {
  return {
    async of(accountId, epoch) {
      const { rows } = await pool.query<{ factor: string }>(
        'SELECT factor FROM dismissals WHERE account_id = $1 AND epoch = $2',
        [accountId, epoch],
      )
      return rows.map((row) => row.factor)
    },
    async ofAccount(accountId) {
      const { rows } = await pool.query<{ epoch: string; factor: string }>(
        'SELECT epoch, factor FROM dismissals WHERE account_id = $1 ORDER BY epoch, factor',
        [accountId],
      )
      return rows
    },
    async add(accountId, epoch, factor, event) {
      const audit = auditInsert(event, 4, 'FROM added')
      await pool.query(
        `WITH added AS (
           INSERT INTO dismissals (account_id, epoch, factor) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1)
         ${audit.sql}`,
        [accountId, epoch, factor, ...audit.values],
      )
    },
  }
}
