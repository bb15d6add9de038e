import type { Pool } from 'pg'
import { signsOf } from '../domain/spoken.ts'
import type { Freezes } from '../journey/ports.ts'
import { lockAccount } from './accounts.ts'
import { digestsOf } from './codes.ts'
import { transaction } from './postgres.ts'
import type { RingKey } from './seal.ts'

/** Sixty bits: nobody finds one of ten million accounts' codes by guessing. */
const LENGTH = 12
const DAYS = 30

export function createFreezes(pool: Pool, ring: readonly RingKey[]): Freezes {
  const digest = digestsOf(ring, 'freeze_codes')
  const digests = (code: string): string[] => digest(`typed|${code}`)
  return {
    async codeFor({ id, accountId }) {
      // From the letter's id: a letter that is sent again carries the same code.
      const bytes = Buffer.from(digest(`letter|${id}`)[0] ?? '', 'base64url')
      const code = signsOf(bytes.subarray(0, LENGTH))
      await pool.query(
        `INSERT INTO freeze_codes (digest, account_id, expires_at)
         SELECT $1, id, now() + make_interval(days => $3) FROM accounts WHERE id = $2 ON CONFLICT DO NOTHING`,
        [digests(code)[0], accountId, DAYS],
      )
      return code
    },

    redeem: (code, at, event) =>
      transaction(pool, async (tx) => {
        const { rows } = await tx.query<{ account_id: string }>(
          'SELECT account_id FROM freeze_codes WHERE digest = ANY($1) AND expires_at > now()',
          [digests(code)],
        )
        const [found] = rows
        if (!found) return false
        await tx.query('DELETE FROM freeze_codes WHERE account_id = $1', [found.account_id])
        return lockAccount(tx, found.account_id, at, event)
      }),
  }
}
