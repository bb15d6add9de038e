import type { Pool } from 'pg'
import type { Ends, SessionRow, Sessions } from '../journey/ports.ts'
import { writeAudit } from './audit.ts'
import { tellApplications } from './logouts.ts'
import { type Queryable, transaction } from './postgres.ts'

interface Row {
  uid: string
  account_id: string
  browser: string
  system: string
  created_at: Date
  last_seen_at: Date
  ended_at: Date | null
}

export function createSessions(pool: Pool): Sessions {
  return {
    async seen({ uid, accountId, browser, system, lastSeenAt }, lifetime, application) {
      await pool.query(
        `WITH at_client AS (
           INSERT INTO session_clients (session_uid, client_id, sid) SELECT $1, $7, $8 WHERE $7::text IS NOT NULL
           ON CONFLICT (session_uid, client_id) DO UPDATE SET sid = excluded.sid),
         connected AS (
           INSERT INTO connections (account_id, client_id, since, last_used_at)
           SELECT $2, $7, $5, $5 WHERE $7::text IS NOT NULL
           ON CONFLICT (account_id, client_id) DO UPDATE SET last_used_at = excluded.last_used_at)
         INSERT INTO sessions (uid, account_id, browser, system, created_at, last_seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $5, now() + make_interval(secs => $6))
         ON CONFLICT (uid) DO UPDATE SET account_id = excluded.account_id, browser = excluded.browser,
           system = excluded.system, last_seen_at = excluded.last_seen_at, expires_at = excluded.expires_at`,
        [
          uid,
          accountId,
          browser,
          system,
          new Date(lastSeenAt),
          lifetime,
          application?.clientId,
          application?.sid,
        ],
      )
    },

    async endedAt(uid) {
      const { rows } = await pool.query<Pick<Row, 'ended_at'>>(
        'SELECT ended_at FROM sessions WHERE uid = $1',
        [uid],
      )
      return rows[0]?.ended_at?.getTime()
    },

    async ofAccount(accountId) {
      const { rows } = await pool.query<Row>(
        `SELECT uid, account_id, browser, system, created_at, last_seen_at, ended_at FROM sessions
         WHERE account_id = $1 AND expires_at > now()
         ORDER BY last_seen_at DESC, uid LIMIT 100`,
        [accountId],
      )
      return rows.map(toSession)
    },

    end: (accountId, uid, at, event) =>
      transaction(pool, async (tx) => {
        const { rowCount } = await tx.query(
          'UPDATE sessions SET ended_at = $3 WHERE uid = $1 AND account_id = $2',
          [uid, accountId, new Date(at)],
        )
        if (rowCount === 0) return false
        await tellApplications(tx, accountId, 's.uid = $2', [uid])
        await tx.query(
          `DELETE FROM tokens WHERE account_id = $1
           AND grant_hash IN (SELECT grant_hash FROM tokens WHERE session_uid = $2)`,
          [accountId, uid],
        )
        await writeAudit(tx, event)
        return true
      }),

    endOthers: (accountId, ends, event) =>
      transaction(pool, async (tx) => {
        await endOtherSessions(tx, accountId, ends)
        await writeAudit(tx, event)
      }),

    endAll: (at) =>
      transaction(pool, async (tx) => {
        const { rowCount } = await tx.query(
          'UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL AND expires_at > now()',
          [new Date(at)],
        )
        await tx.query(
          `WITH left_there AS (DELETE FROM session_clients RETURNING session_uid, client_id, sid)
           INSERT INTO logouts (account_id, client_id, sid)
             SELECT account_id, client_id, sid FROM left_there JOIN sessions ON uid = session_uid
             ON CONFLICT DO NOTHING`,
        )
        await tx.query(`DELETE FROM tokens WHERE model IN ('Grant', 'RefreshToken')`)
        await tx.query('DELETE FROM ephemeral')
        await tx.query('DELETE FROM mailed_codes')
        await writeAudit(tx, { event: 'session.all_ended', sessions: rowCount ?? 0 })
        return rowCount ?? 0
      }),
  }
}

/** Ends every session of an account but one, within the transaction of the change that calls for it. */
export async function endOtherSessions(tx: Queryable, accountId: string, { keep, at }: Ends): Promise<void> {
  await tx.query('UPDATE sessions SET ended_at = $3 WHERE account_id = $1 AND uid IS DISTINCT FROM $2', [
    accountId,
    keep ?? null,
    new Date(at),
  ])
  await tellApplications(tx, accountId, 's.uid IS DISTINCT FROM $2', [keep ?? null])
  await tx.query(
    `DELETE FROM tokens WHERE account_id = $1 AND grant_hash NOT IN (
       SELECT grant_hash FROM tokens WHERE session_uid = $2 AND grant_hash IS NOT NULL)`,
    [accountId, keep ?? null],
  )
}

function toSession(row: Row): SessionRow {
  return {
    uid: row.uid,
    accountId: row.account_id,
    browser: row.browser,
    system: row.system,
    createdAt: row.created_at.getTime(),
    lastSeenAt: row.last_seen_at.getTime(),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at.getTime() }),
  }
}
