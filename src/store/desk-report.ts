import type { Pool } from 'pg'

/** What one officer did since an instant, as the audit trail has it. */
export interface OfficerReport {
  officer: string
  /** Absent: the account is gone. */
  username: string | null
  site: string
  opened: number
  asked: number
  issued: number
  /** Of those that somebody else had asked for. */
  approved: number
  redeemed: number
  refused: number
  accounts: number
}

/** By officer and site, the busiest first. `since` and `until` in milliseconds; `officer` an account id. */
export async function deskReport(
  pool: Pool,
  { since, until, officer }: { since: number; until: number; officer?: string },
): Promise<OfficerReport[]> {
  const { rows } = await pool.query<OfficerReport>(
    `WITH acts AS (
       SELECT event, account_id, data ->> 'site' AS site, data ->> 'officer' AS officer, 'first' AS part
         FROM audit WHERE event LIKE 'desk.%' AND data ? 'officer' AND at >= $1 AND at < $2
       UNION ALL
       SELECT event, account_id, data ->> 'site', data ->> 'second', 'second'
         FROM audit WHERE event = 'desk.issued' AND data ? 'second' AND at >= $1 AND at < $2)
     SELECT officer, a.username, coalesce(site, '-') AS site,
       count(*) FILTER (WHERE event = 'desk.opened')::int AS opened,
       count(*) FILTER (WHERE event = 'desk.asked')::int AS asked,
       count(*) FILTER (WHERE event = 'desk.issued' AND part = 'first')::int AS issued,
       count(*) FILTER (WHERE part = 'second')::int AS approved,
       count(*) FILTER (WHERE event = 'desk.redeemed')::int AS redeemed,
       count(*) FILTER (WHERE event = 'desk.refused')::int AS refused,
       count(DISTINCT account_id)::int AS accounts
     FROM acts LEFT JOIN accounts a ON a.id = officer::uuid
     WHERE $3::uuid IS NULL OR officer::uuid = $3
     GROUP BY officer, a.username, site ORDER BY count(*) DESC, officer, site`,
    [new Date(since), new Date(until), officer ?? null],
  )
  return rows
}
