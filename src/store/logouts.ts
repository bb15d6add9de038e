import type { Pool } from 'pg'
import type { Logout, Logouts } from '../journey/ports.ts'
import type { Queryable } from './postgres.ts'
import { queue } from './queue.ts'

interface Row {
  id: string
  account_id: string
  client_id: string
  sid: string
  tries: number
}

/** Seconds one sender has a logout for itself. */
const LEASE = 30

export function createLogouts(pool: Pool): Logouts {
  return {
    async add({ accountId, clientId, sid }) {
      await pool.query(
        `WITH left_there AS (DELETE FROM session_clients WHERE client_id = $2 AND sid = $3)
         INSERT INTO logouts (account_id, client_id, sid) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
        [accountId, clientId, sid],
      )
    },
    async claim(most) {
      const { rows } = await pool.query<Row>(
        `UPDATE logouts SET due_at = now() + make_interval(secs => $2), tries = tries + 1
         WHERE id IN (
           SELECT id FROM logouts WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING id, account_id, client_id, sid, tries`,
        [most, LEASE],
      )
      return rows.map(toLogout)
    },
    ...queue(pool, 'logouts'),
  }
}

/**
 * Whoever is signed in by these sessions of an account will be told, within the transaction that ends them. `which` is
 * a condition on the columns of `sessions s` and `session_clients c`, its parameters beginning with $2.
 */
export async function tellApplications(
  tx: Queryable,
  accountId: string,
  which = 'true',
  values: unknown[] = [],
): Promise<void> {
  await tx.query(
    `WITH left_there AS (
       DELETE FROM session_clients c USING sessions s
       WHERE s.uid = c.session_uid AND s.account_id = $1 AND ${which}
       RETURNING c.client_id, c.sid)
     INSERT INTO logouts (account_id, client_id, sid)
       SELECT $1, client_id, sid FROM left_there ON CONFLICT DO NOTHING`,
    [accountId, ...values],
  )
}

const toLogout = (row: Row): Logout => ({
  id: row.id,
  accountId: row.account_id,
  clientId: row.client_id,
  sid: row.sid,
  tries: row.tries,
})
