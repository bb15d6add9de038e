import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import type { Consumed } from '../journey/ports.ts'

/** One insert: of any number of instances that ask at once, one is first. */
export function createConsumed(pool: Pool): Consumed {
  return {
    async once(purpose, id, until) {
      const { rowCount } = await pool.query(
        `INSERT INTO consumed (purpose, id_hash, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
        [purpose, createHash('sha256').update(id).digest('base64url'), new Date(until)],
      )
      return rowCount === 1
    },
  }
}
