import type { Pool } from 'pg'

const BATCH = 5_000

/** Deletes what has expired, in batches so that nobody waits for it. Returns the number of rows. */
export async function sweep(pool: Pool): Promise<number> {
  let total = 0
  for (const [table, expired] of [
    ['ephemeral', 'expires_at < now()'],
    ['tokens', 'expires_at < now()'],
    ['consumed', 'expires_at < now()'],
    ['sessions', 'expires_at < now()'],
    ['freeze_codes', 'expires_at < now()'],
    ['mailed_codes', 'expires_at < now()'],
    // For a day it is known why a code is refused.
    ['access_codes', "expires_at < now() - interval '1 day'"],
    // A notice that could not be delivered for so long warns nobody any more.
    ['outbox', "created_at < now() - interval '3 days' OR stale_at < now()"],
    ['attempts', 'expire < extract(epoch FROM now()) * 1000'],
  ]) {
    let deleted: number
    do {
      const result = await pool.query(
        `DELETE FROM ${table} WHERE ctid IN (SELECT ctid FROM ${table} WHERE ${expired} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
      )
      deleted = result.rowCount ?? 0
      total += deleted
    } while (deleted === BATCH)
  }
  return total
}
