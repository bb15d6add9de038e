import type { Pool } from 'pg'
import type { Letter, Outbox } from '../journey/ports.ts'
import { secretOf } from './mailed-codes.ts'
import { queue } from './queue.ts'
import type { Seal } from './seal.ts'

interface Row {
  id: string
  account_id: string | null
  secret: string | null
  event: string
  data: Record<string, unknown>
  created_at: Date
  tries: number
  recipient: string
  locale: string
}

/** Seconds one sender has a letter for itself. */
const LEASE = 120

export function createOutbox(pool: Pool, seal: Seal): Outbox {
  const { done, later } = queue(pool, 'outbox')
  return {
    async claim(most) {
      const { rows } = await pool.query<Row>(
        `WITH due AS (
           SELECT id FROM outbox WHERE due_at <= now() AND (stale_at IS NULL OR stale_at > now())
           ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED),
         claimed AS (
           UPDATE outbox o SET due_at = now() + make_interval(secs => $2), tries = o.tries + 1
           FROM due WHERE o.id = due.id
           RETURNING o.id, o.account_id, o.event, o.data, o.secret, o.created_at, o.tries, o.address, o.locale)
         SELECT c.id, c.account_id, c.event, c.data, c.secret, c.created_at, c.tries,
                coalesce(c.address, a.email) AS recipient, coalesce(c.locale, a.locale) AS locale
         FROM claimed c LEFT JOIN accounts a ON a.id = c.account_id
         WHERE coalesce(c.address, a.email) IS NOT NULL`,
        [most, LEASE],
      )
      return rows.map((row) => toLetter(row, seal))
    },
    sent: done,
    later,
    async backlog() {
      const { rows } = await pool.query<{ letters: number; oldest: number }>(
        `SELECT count(*)::int AS letters, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS oldest
         FROM outbox`,
      )
      return rows[0] ?? { letters: 0, oldest: 0 }
    },
  }
}

const toLetter = ({ account_id, created_at, recipient, secret, data, ...row }: Row, seal: Seal): Letter => ({
  ...row,
  data: secret === null ? data : { ...data, code: seal.open(secret, secretOf(row.id)) },
  ...(account_id === null ? {} : { accountId: account_id }),
  at: created_at.getTime(),
  to: recipient,
})
