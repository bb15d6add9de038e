import type { Pool } from 'pg'
import type { Ephemeral } from '../journey/ports.ts'

/** Short-lived state in PostgreSQL, where there is no Redis. */
export function ephemeralInPostgres(pool: Pool): Ephemeral {
  return {
    async get(keys) {
      const { rows } = await pool.query<{ key: string; value: string }>(
        'SELECT key, value FROM ephemeral WHERE key = ANY($1) AND expires_at > now()',
        [keys],
      )
      const values = new Map(rows.map((row) => [row.key, row.value]))
      return keys.map((key) => values.get(key))
    },

    async put(key, value, ttlSeconds) {
      await pool.query(
        `INSERT INTO ephemeral (key, value, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`,
        [key, value, ttlSeconds],
      )
    },

    async create(key, value, ttlSeconds) {
      const { rowCount } = await pool.query(
        `INSERT INTO ephemeral AS e (key, value, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
         WHERE e.expires_at <= now()`,
        [key, value, ttlSeconds],
      )
      return rowCount === 1
    },

    async replace(key, value, next) {
      const sql =
        next === null
          ? 'DELETE FROM ephemeral WHERE key = $1 AND value = $2 AND expires_at > now()'
          : 'UPDATE ephemeral SET value = $3 WHERE key = $1 AND value = $2 AND expires_at > now()'
      const { rowCount } = await pool.query(sql, next === null ? [key, value] : [key, value, next])
      return rowCount === 1
    },

    async delete(keys) {
      await pool.query('DELETE FROM ephemeral WHERE key = ANY($1)', [keys])
    },
  }
}
