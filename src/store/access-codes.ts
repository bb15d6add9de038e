import { randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import { signsOf } from '../domain/spoken.ts'
import type { AccessCode, AccessCodes, AccessOutcome } from '../journey/ports.ts'
import { writeAudit } from './audit.ts'
import { digestsOf } from './codes.ts'
import { transaction } from './postgres.ts'
import type { RingKey } from './seal.ts'

const LENGTH = 8
const MOST_TRIES = 5

interface Row {
  account_id: string
  purpose: AccessCode['purpose']
  lost: string[]
  site: string
  letter: boolean
  document: AccessCode['document']
  reason: AccessCode['reason']
  officer: string
  second: string | null
  digest: string | null
  tries: number
  redeemed_at: Date | null
  expires_at: Date
}

const COLUMNS = `account_id, purpose, lost, site, letter, document, reason, officer, second, digest, tries, redeemed_at,
  expires_at`

/** Officers of the code who are there and not locked. */
const STANDING = '(SELECT count(*)::int FROM accounts WHERE id IN (officer, second) AND locked_at IS NULL)'

export function createAccessCodes(pool: Pool, ring: readonly RingKey[]): AccessCodes {
  const digest = digestsOf(ring, 'access_codes')
  const digests = (accountId: string, typed: string): string[] => digest(JSON.stringify([accountId, typed]))
  const digestOf = (accountId: string, code: string): string => digests(accountId, code)[0] ?? ''

  const put = (code: AccessCode, digest: string | null, event: Parameters<typeof writeAudit>[1]) =>
    transaction(pool, async (tx) => {
      // In one order with whoever gives out another one at this moment.
      await tx.query('SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE', [code.accountId])
      await tx.query('DELETE FROM access_codes WHERE account_id = $1', [code.accountId])
      await tx.query(
        `INSERT INTO access_codes
           (account_id, purpose, lost, site, letter, document, reason, officer, digest, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          code.accountId,
          code.purpose,
          [...code.lost],
          code.site,
          code.letter,
          code.document,
          code.reason,
          code.officer,
          digest,
          new Date(code.expiresAt),
        ],
      )
      await writeAudit(tx, event)
    })

  return {
    async issue(code, event) {
      const made = makeCode()
      await put(code, digestOf(code.accountId, made), event)
      return made
    },

    ask: (code, event) => put(code, null, event),

    async asked(accountId, now) {
      const { rows } = await pool.query<Row>(
        `SELECT ${COLUMNS} FROM access_codes WHERE account_id = $1 AND digest IS NULL AND expires_at > $2`,
        [accountId, new Date(now)],
      )
      return rows[0] && toCode(rows[0])
    },

    approve: (accountId, { second, now, expiresAt }, event) =>
      transaction(pool, async (tx) => {
        const made = makeCode()
        const { rowCount } = await tx.query(
          `UPDATE access_codes SET digest = $2, second = $3, expires_at = $4
           WHERE account_id = $1 AND digest IS NULL AND expires_at > $5 AND officer <> $3 AND ${STANDING} = 1`,
          [accountId, digestOf(accountId, made), second, new Date(expiresAt), new Date(now)],
        )
        if (rowCount === 0) return undefined
        await writeAudit(tx, event)
        return made
      }),

    redeem: (accountId, typed, now, judge, report) =>
      transaction(pool, async (tx) => {
        // The row is locked: of parallel tries each is counted, and one alone finds it unused.
        const { rows } = await tx.query<Row & { standing: number }>(
          `UPDATE access_codes SET tries = tries + 1 WHERE account_id = $1 AND digest IS NOT NULL
           RETURNING ${COLUMNS}, ${STANDING} AS standing`,
          [accountId],
        )
        const wrong = refusalOf(rows[0], digests(accountId, typed), now)
        const code = rows[0] && toCode(rows[0])
        const refused = wrong ?? (code ? judge(code) : 'gone')
        const outcome: AccessOutcome = refused || !code ? { refused: refused ?? 'gone' } : { right: code }
        if ('right' in outcome)
          await tx.query('UPDATE access_codes SET redeemed_at = $2 WHERE account_id = $1', [
            accountId,
            new Date(now),
          ])
        await writeAudit(tx, report(outcome))
        return outcome
      }),
  }
}

function refusalOf(row: (Row & { standing: number }) | undefined, digests: readonly string[], now: number) {
  if (!row?.digest) return 'gone'
  if (row.redeemed_at) return 'used'
  if (row.tries > MOST_TRIES) return 'tries'
  if (row.expires_at.getTime() <= now) return 'late'
  if (!digests.includes(row.digest)) return 'wrong'
  return row.standing === (row.second === null ? 1 : 2) ? undefined : 'suspended'
}

const makeCode = (): string => signsOf(randomBytes(LENGTH))

const toCode = (row: Row): AccessCode => ({
  accountId: row.account_id,
  purpose: row.purpose,
  lost: row.lost,
  site: row.site,
  letter: row.letter,
  document: row.document,
  reason: row.reason,
  officer: row.officer,
  ...(row.second === null ? {} : { second: row.second }),
  expiresAt: row.expires_at.getTime(),
})
