import type { Pool } from 'pg'

/** One account as a forecast needs it: nothing personal, nothing sealed. */
export interface Surveyed {
  id: string
  group: string
  locked: boolean
  /** Has an address that is confirmed. */
  reachable: boolean
  /** Factor, strength and standing of each credential (`Standing`, without ids), as JSON; equal text where two accounts hold the same. */
  held: string
}

const BATCH = 2_000

const EVERY_ACCOUNT = `
  SELECT a.id, a."group", a.locked_at IS NOT NULL AS locked,
    a.email IS NOT NULL AND a.email_verified AS reachable, COALESCE((
    SELECT json_agg(
      CASE WHEN c.ground IS NULL
        THEN json_build_object('factor', c.factor, 'strength', c.strength, 'suspended', c.suspended_at IS NOT NULL)
        ELSE json_build_object('factor', c.factor, 'strength', c.strength, 'suspended', c.suspended_at IS NOT NULL,
          'ground', c.ground, 'createdAt', extract(epoch FROM c.created_at) * 1000)
      END
      ORDER BY c.factor, c.suspended_at IS NOT NULL, c.strength)
    FROM credentials c WHERE c.account_id = a.id)::text, '[]') AS held
  FROM accounts a`

/** All accounts as they are at one moment, in batches by a cursor, in a transaction that can write nothing. */
export async function* survey(pool: Pool): AsyncGenerator<Surveyed[]> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await client.query(`DECLARE survey NO SCROLL CURSOR FOR ${EVERY_ACCOUNT}`)
    for (;;) {
      const { rows } = await client.query<Surveyed>(`FETCH ${BATCH} FROM survey`)
      if (rows.length === 0) break
      yield rows
    }
  } finally {
    await client.query('ROLLBACK').then(
      () => client.release(),
      () => client.release(true),
    )
  }
}

/** About how many accounts there are, by the statistics of the database; undefined where it has none yet. */
export async function roughCount(pool: Pool): Promise<number | undefined> {
  const sql = `SELECT reltuples::float8 AS n FROM pg_class WHERE oid = 'accounts'::regclass`
  const { rows } = await pool.query<{ n: number }>(sql)
  return rows[0] && rows[0].n > 0 ? rows[0].n : undefined
}
