import type { Pool } from 'pg'
import type { Connection, Connections } from '../journey/ports.ts'
import { writeAudit } from './audit.ts'
import { tellApplications } from './logouts.ts'
import { transaction } from './postgres.ts'

interface Row {
  client_id: string
  since: Date
  last_used_at: Date
  items: string[] | null
}

export function createConnections(pool: Pool): Connections {
  return {
    async ofAccount(accountId) {
      const { rows } = await pool.query<Row>(
        `SELECT client_id, since, last_used_at, items
         FROM connections LEFT JOIN consents USING (account_id, client_id)
         WHERE account_id = $1 ORDER BY last_used_at DESC, client_id`,
        [accountId],
      )
      return rows.map(toConnection)
    },

    withdraw: (accountId, clientId, event) =>
      transaction(pool, async (tx) => {
        const of = [accountId, clientId]
        const { rowCount } = await tx.query(
          'DELETE FROM connections WHERE account_id = $1 AND client_id = $2',
          of,
        )
        if (rowCount === 0) return false
        await tx.query('DELETE FROM consents WHERE account_id = $1 AND client_id = $2', of)
        await tx.query('DELETE FROM tokens WHERE account_id = $1 AND client_id = $2', of)
        await tellApplications(tx, accountId, 'c.client_id = $2', [clientId])
        await writeAudit(tx, event)
        return true
      }),
  }
}

const toConnection = (row: Row): Connection => ({
  clientId: row.client_id,
  since: row.since.getTime(),
  lastUsedAt: row.last_used_at.getTime(),
  consented: row.items ?? [],
})
