import { randomInt, randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import type { MailedCodes, MailedFor } from '../journey/ports.ts'
import { writeAudit } from './audit.ts'
import { digestsOf } from './codes.ts'
import { transaction } from './postgres.ts'
import type { RingKey, Seal } from './seal.ts'

/** Eight digits, guessed at five times: once in 20 million (NIST SP 800-63B-4, 3.1.3.2: six at least). */
const DIGITS = 8
const MOST_TRIES = 5

/** The place to which the secret of a mail is sealed. */
export const secretOf = (id: string): string => `outbox|secret|${id}`

export function createMailedCodes(pool: Pool, seal: Seal, ring: readonly RingKey[]): MailedCodes {
  const digest = digestsOf(ring, 'mailed_codes')
  const digests = (typed: string, { purpose, holder, place }: MailedFor): string[] =>
    digest(JSON.stringify([purpose, holder, place, typed]))
  return {
    send: ({ to, expiresAt, ...bound }, event) =>
      transaction(pool, async (tx) => {
        const code = String(randomInt(10 ** DIGITS)).padStart(DIGITS, '0')
        const { purpose, holder, place } = bound
        await tx.query(
          `INSERT INTO mailed_codes (purpose, holder, place, digest, expires_at) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (purpose, holder, place)
           DO UPDATE SET digest = EXCLUDED.digest, tries = 0, expires_at = EXCLUDED.expires_at`,
          [purpose, holder, place, digests(code, bound)[0], new Date(expiresAt)],
        )
        await writeAudit(tx, event)
        if (!to) return
        const id = randomUUID()
        await tx.query(
          `INSERT INTO outbox (id, account_id, event, data, address, locale, secret, stale_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
          [
            id,
            to.accountId ?? null,
            event.event,
            JSON.stringify({ purpose }),
            to.address ?? null,
            to.locale ?? null,
            seal.seal(code, secretOf(id)),
            new Date(expiresAt),
          ],
        )
      }),

    redeem: (bound, typed, now, report) =>
      transaction(pool, async (tx) => {
        const { purpose, holder, place } = bound
        const at = [purpose, holder, place]
        // The row is locked: of parallel tries each is counted, and after a right one there is no row left.
        const { rows } = await tx.query<{ digest: string }>(
          `UPDATE mailed_codes SET tries = tries + 1
           WHERE purpose = $1 AND holder = $2 AND place = $3 AND tries < $4 AND expires_at > $5
           RETURNING digest`,
          [...at, MOST_TRIES, new Date(now)],
        )
        const [row] = rows
        const outcome = !row ? 'gone' : digests(typed, bound).includes(row.digest) ? 'right' : 'wrong'
        if (outcome === 'right')
          await tx.query('DELETE FROM mailed_codes WHERE purpose = $1 AND holder = $2 AND place = $3', at)
        await writeAudit(tx, report(outcome))
        return outcome
      }),
  }
}
