import type { Pool } from 'pg'
import type { Consents } from '../journey/ports.ts'
import { auditInsert } from './audit.ts'

export function createConsents(pool: Pool): Consents {
  return {
    async of(accountId, clientId) {
      const { rows } = await pool.query<{ items: string[] }>(
        'SELECT items FROM consents WHERE account_id = $1 AND client_id = $2',
        [accountId, clientId],
      )
      return rows[0]?.items ?? []
    },
    async give(accountId, clientId, items, event) {
      const audit = auditInsert(event, 4, 'FROM given')
      await pool.query(
        `WITH given AS (
           INSERT INTO consents (account_id, client_id, items) VALUES ($1, $2, $3)
           ON CONFLICT (account_id, client_id) DO UPDATE SET given_at = now(),
             items = ARRAY(SELECT DISTINCT unnest(consents.items || excluded.items))
           RETURNING 1)
         ${audit.sql}`,
        [accountId, clientId, [...items], ...audit.values],
      )
    },
  }
}
