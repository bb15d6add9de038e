import type { Pool } from 'pg'
import type { Deletions } from '../journey/ports.ts'
import { auditInsert, writeAudit } from './audit.ts'
import { tellApplications } from './logouts.ts'
import { transaction } from './postgres.ts'
import { endOtherSessions } from './sessions.ts'

export function createDeletions(pool: Pool): Deletions {
  return {
    ask: (accountId, at, dueAt, event) =>
      transaction(pool, async (tx) => {
        await tx.query(
          `INSERT INTO deletions (account_id, due_at) VALUES ($1, $2)
           ON CONFLICT (account_id) DO UPDATE SET due_at = excluded.due_at`,
          [accountId, new Date(dueAt)],
        )
        await endOtherSessions(tx, accountId, { keep: undefined, at })
        await writeAudit(tx, event)
      }),

    async takeBack(accountId, event) {
      const audit = auditInsert(event, 2, 'FROM gone')
      const { rowCount } = await pool.query(
        `WITH gone AS (DELETE FROM deletions WHERE account_id = $1 RETURNING 1) ${audit.sql}`,
        [accountId, ...audit.values],
      )
      return rowCount === 1
    },

    async due(now, most) {
      const { rows } = await pool.query<{ account_id: string }>(
        'SELECT account_id FROM deletions WHERE due_at <= $1 ORDER BY due_at LIMIT $2',
        [new Date(now), most],
      )
      return rows.map((row) => row.account_id)
    },

    erase: (accountId, event, dueBy) =>
      transaction(pool, async (tx) => {
        const { rows } = await tx.query<{ email: string | null; locale: string }>(
          'SELECT email, locale FROM accounts WHERE id = $1 FOR UPDATE',
          [accountId],
        )
        const [account] = rows
        if (!account) return false
        if (dueBy !== undefined) {
          // A sign-in that takes the deletion back deletes the same row: one of the two comes too late.
          const sql = 'DELETE FROM deletions WHERE account_id = $1 AND due_at <= $2'
          if ((await tx.query(sql, [accountId, new Date(dueBy)])).rowCount === 0) return false
        }
        await tellApplications(tx, accountId)
        await tx.query('DELETE FROM tokens WHERE account_id = $1', [accountId])
        await tx.query('DELETE FROM mailed_codes WHERE holder = $1', [accountId])
        if (account.email !== null)
          await tx.query("INSERT INTO outbox (event, data, address, locale) VALUES ($1, '{}', $2, $3)", [
            event.event,
            account.email,
            account.locale,
          ])
        await writeAudit(tx, event)
        // All that belongs to it goes along (ON DELETE CASCADE); audit rows stay, under an id that names nobody.
        await tx.query('DELETE FROM accounts WHERE id = $1', [accountId])
        return true
      }),
  }
}
