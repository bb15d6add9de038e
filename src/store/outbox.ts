import type { Pool } from 'pg'
import type { Letter, Outbox } from '../journey/ports.ts'

interface Row {
  id: string
  event: string
  data: Record<string, unknown>
  created_at: Date
  tries: number
  email: string
  locale: string
}

/** Seconds one sender has a letter for itself. */
const LEASE = 120

export function createOutbox(pool: Pool): Outbox {
  return {
    async claim(most) {
      const { rows } = await pool.query<Row>(
        `UPDATE outbox o SET due_at = now() + make_interval(secs => $2), tries = o.tries + 1
         FROM accounts a
         WHERE a.id = o.account_id AND o.id IN (
           SELECT id FROM outbox WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING o.id, o.event, o.data, o.created_at, o.tries, a.email, a.locale`,
        [most, LEASE],
      )
      return rows.map(toLetter)
    },
    async sent(id) {
      await pool.query('DELETE FROM outbox WHERE id = $1', [id])
    },
    async later(id, seconds) {
      await pool.query('UPDATE outbox SET due_at = now() + make_interval(secs => $2) WHERE id = $1', [
        id,
        seconds,
      ])
    },
    async backlog() {
      const { rows } = await pool.query<{ letters: number; oldest: number }>(
        `SELECT count(*)::int AS letters, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS oldest
         FROM outbox`,
      )
      return rows[0] ?? { letters: 0, oldest: 0 }
    },
  }
}

const toLetter = ({ created_at, email, locale, ...row }: Row): Letter => ({
  ...row,
  at: created_at.getTime(),
  to: email,
  locale,
})
