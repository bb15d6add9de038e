import type { Pool } from 'pg'
import type { Dismissals } from '../journey/ports.ts'
import { writeAudit } from './audit.ts'
import { transaction } from './postgres.ts'

export function createDismissals(pool: Pool): Dismissals {
  return {
    async of(accountId, epoch) {
      const { rows } = await pool.query<{ factor: string }>(
        'SELECT factor FROM dismissals WHERE account_id = $1 AND epoch = $2',
        [accountId, epoch],
      )
      return rows.map((row) => row.factor)
    },
    add: (accountId, epoch, factor, event) =>
      transaction(pool, async (tx) => {
        await tx.query(
          'INSERT INTO dismissals (account_id, epoch, factor) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
          [accountId, epoch, factor],
        )
        await writeAudit(tx, event)
      }),
  }
}
