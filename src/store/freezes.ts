import { createHmac, hkdfSync } from 'node:crypto'
import type { Pool } from 'pg'
import type { Freezes } from '../journey/ports.ts'
import { lockAccount } from './accounts.ts'
import { transaction } from './postgres.ts'
import type { RingKey } from './seal.ts'

/** No 0, 1, I and O. Sixty bits: nobody finds one of ten million accounts' codes by guessing. */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const LENGTH = 12
const DAYS = 30

export function createFreezes(pool: Pool, ring: readonly RingKey[]): Freezes {
  const keys = ring.map(({ key }) => Buffer.from(hkdfSync('sha256', key, '', 'pforte|freeze_codes', 32)))
  const digest = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
  const digests = (code: string): string[] =>
    keys.map((key) => digest(key, `typed|${code}`).toString('base64url'))
  return {
    async codeFor({ id, accountId }) {
      // From the letter's id: a letter that is sent again carries the same code.
      const bytes = digest(keys[0] ?? Buffer.alloc(0), `letter|${id}`)
      const code = [...bytes.subarray(0, LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')
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
