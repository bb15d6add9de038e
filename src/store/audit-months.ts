import type { Pool, PoolClient } from 'pg'
import { removePart } from './audit-retention.ts'
import { isLocked, type Queryable, transaction } from './postgres.ts'

export interface AuditMonths {
  /** Makes those that come next. */
  ahead(): Promise<void>
  /**
   * Removes the oldest part of the trail if all of it is older than so many whole months, by our clock and the database's.
   * Whether there may be more. Throws, and removes nothing, where a row has no link or is not what its link was made of.
   */
  removeOldest(keepMonths: number): Promise<boolean>
}

/** Months that are there besides the present one: as many as the provider may be switched off. */
const AHEAD = 3

/** Each part with its bounds; that for missing months has those of its rows, and none where it is empty. */
const PARTS = `
  SELECT c.oid::regclass::text AS name, bound = 'DEFAULT' AS other,
    CASE bound WHEN 'DEFAULT' THEN (SELECT min(at) FROM audit_other)
      ELSE coalesce(substring(bound FROM $$FROM \\('([^']+)'\\)$$)::timestamptz, '-infinity') END AS since,
    CASE bound WHEN 'DEFAULT' THEN (SELECT max(at) + interval '1 microsecond' FROM audit_other)
      ELSE substring(bound FROM $$TO \\('([^']+)'\\)$$)::timestamptz END AS until
  FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid, pg_get_expr(c.relpartbound, c.oid) AS bound
  WHERE inhparent = 'audit'::regclass`

/** In UTC, whatever the zone of the session. */
const monthOf = (instant: string) => `date_trunc('month', ${instant} AT TIME ZONE 'UTC')`
const THIS_MONTH = monthOf('now()')

interface Month {
  name: string
  since: string
  until: string
}

export function createAuditMonths(pool: Pool, key: () => Promise<string>): AuditMonths {
  return {
    async ahead() {
      if ((await missing(pool)).length === 0) return
      await alone(pool, async (tx) => {
        for (const month of await missing(tx)) await makeMonth(tx, month)
      })
    },

    async removeOldest(keepMonths) {
      if (!(await oldest(pool, keepMonths))) return false
      const secret = await key()
      return alone(pool, async (tx) => {
        const part = await oldest(tx, keepMonths)
        if (!part) return
        await removePart(tx, secret, part)
        if (part.other) await makeOther(tx)
      })
    },
  }
}

/** Where the part for missing months has rows of one, that month stays there. */
async function missing(db: Queryable): Promise<Month[]> {
  const { rows } = await db.query<Month>(
    `WITH parts AS (${PARTS}), months AS (
       SELECT m, m AT TIME ZONE 'UTC' AS since, (m + interval '1 month') AT TIME ZONE 'UTC' AS until
       FROM generate_series(${THIS_MONTH}, ${THIS_MONTH} + interval '${AHEAD} months', interval '1 month') AS m)
     SELECT to_char(m, '"audit_"YYYY_MM') AS name, since::text, until::text FROM months
     WHERE NOT EXISTS (SELECT FROM parts p
         WHERE NOT p.other AND p.since < months.until AND p.until > months.since)
       AND NOT EXISTS (SELECT FROM audit_other o WHERE o.at >= since AND o.at < until)
     ORDER BY m`,
  )
  return rows
}

/** Built beside the table and then attached, so that nobody waits who writes or reads meanwhile. */
export async function makeMonth(tx: Queryable, { name, since, until }: Month): Promise<void> {
  await tx.query(`CREATE TABLE ${name} (LIKE audit, PRIMARY KEY (id))`)
  await protect(tx, name)
  await tx.query(`ALTER TABLE audit ATTACH PARTITION ${name} FOR VALUES FROM ('${since}') TO ('${until}')`)
}

async function makeOther(tx: Queryable): Promise<void> {
  await tx.query('CREATE TABLE audit_other PARTITION OF audit (PRIMARY KEY (id)) DEFAULT')
  await protect(tx, 'audit_other')
}

const protect = (tx: Queryable, name: string) =>
  tx.query(
    `CREATE TRIGGER audit_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${name}
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  )

interface Part {
  name: string
  other: boolean
  /** ISO 8601. */
  until: string
}

/**
 * The part with the oldest rows, if it may go: what comes after it stays as long as it does. A clock that is years ahead
 * must not empty the trail, so two have to agree.
 */
async function oldest(db: Queryable, keepMonths: number): Promise<Part | undefined> {
  const { rows } = await db.query<Part & { over: boolean }>(
    `SELECT name, other, to_char(until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS until,
       until <= (${monthOf('least(now(), $2)')} - make_interval(months => $1)) AT TIME ZONE 'UTC' AS over
     FROM (${PARTS}) AS parts WHERE since IS NOT NULL ORDER BY since LIMIT 1`,
    [keepMonths, new Date()],
  )
  return rows[0]?.over ? rows[0] : undefined
}

/** In a transaction of which there is one at a time; where another instance is at it, nothing is done. */
async function alone(pool: Pool, work: (tx: PoolClient) => Promise<void>): Promise<boolean> {
  let claimed = false
  try {
    await transaction(pool, async (tx) => {
      await tx.query('LOCK TABLE audit_anchors IN SHARE ROW EXCLUSIVE MODE NOWAIT')
      claimed = true
      // Everybody who comes after us waits as long as we wait for a lock.
      await tx.query("SET LOCAL lock_timeout = '2s'")
      await work(tx)
    })
  } catch (error) {
    if (claimed || !isLocked(error)) throw error
  }
  return claimed
}
