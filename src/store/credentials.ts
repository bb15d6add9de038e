import type { Pool } from 'pg'
import type { Ground } from '../domain/binding.ts'
import type { Held } from '../domain/decide.ts'
import type { Bound, Credential, FactorId, Strength } from '../domain/factor.ts'
import type { Credentials } from '../journey/ports.ts'
import { auditInsert, writeAudit } from './audit.ts'
import { isTaken, type Queryable, transaction } from './postgres.ts'
import type { Seal } from './seal.ts'
import { endOtherSessions } from './sessions.ts'

/** Times come as text where they stood in JSON. */
export interface CredentialRow {
  id: string
  account_id: string
  factor: string
  external_id: string | null
  label: string
  strength: Strength
  data: string
  version: number
  suspended_at: Date | string | null
  created_at: Date | string
  last_used_at: Date | string | null
  ground: Ground | null
}

const COLUMNS = `id, account_id, factor, external_id, label, strength, data, version, suspended_at, created_at, last_used_at,
  ground`

const place = (id: string): string => `credentials|data|${id}`

export function createCredentials(pool: Pool, seal: Seal): Credentials {
  const read = (row: CredentialRow): Credential => toCredential(row, seal)
  return {
    async ofAccount(accountId) {
      const { rows } = await pool.query<CredentialRow>(
        `SELECT ${COLUMNS} FROM credentials WHERE account_id = $1 ORDER BY created_at, id`,
        [accountId],
      )
      return rows.map(read)
    },

    async byExternalId(factor, externalId) {
      const { rows } = await pool.query<CredentialRow>(
        `SELECT ${COLUMNS} FROM credentials WHERE factor = $1 AND external_id = $2`,
        [factor, externalId],
      )
      return rows[0] && read(rows[0])
    },

    enrol: (id, accountId, factor, enrolled, max, event, replaced) =>
      transaction(pool, async (tx) => {
        // Holds every other enrolment of this account until this one is through: the count below stays true.
        await tx.query('SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE', [accountId])
        if (replaced && (await removeCredentials(tx, replaced.ids, accountId)))
          await endOtherSessions(tx, accountId, replaced.ends)
        const { rows } = await tx.query<{ n: number }>(
          'SELECT count(*)::int AS n FROM credentials WHERE account_id = $1 AND factor = $2',
          [accountId, factor],
        )
        if ((rows[0]?.n ?? 0) >= max) return { ok: false, reason: 'limit' } as const
        const row = await insertCredential(tx, seal, id, accountId, factor, enrolled)
        if (!row) {
          if (replaced) throw new Error('what replaces a credential is known already')
          return { ok: false, reason: 'duplicate' } as const
        }
        await writeAudit(tx, event)
        return { ok: true, credential: read(row) } as const
      }),

    async use(credential, at, event) {
      const audit = auditInsert(event, 6, 'FROM changed')
      const { rowCount } = await pool.query(
        `WITH changed AS (
           UPDATE credentials SET data = $3, last_used_at = $4, version = version + 1, strength = $5
           WHERE id = $1 AND version = $2 AND suspended_at IS NULL RETURNING id)
         ${audit.sql}`,
        [
          credential.id,
          credential.version,
          sealData(seal, credential.id, credential.data),
          new Date(at),
          JSON.stringify(credential.strength),
          ...audit.values,
        ],
      )
      return rowCount === 1
    },

    async touch({ id }, at, event) {
      const audit = auditInsert(event, 3, 'FROM changed')
      const { rowCount } = await pool.query(
        `WITH changed AS (
           UPDATE credentials SET last_used_at = $2 WHERE id = $1 AND suspended_at IS NULL RETURNING id)
         ${audit.sql}`,
        [id, new Date(at), ...audit.values],
      )
      return rowCount === 1
    },

    async suspend(id, event) {
      const audit = auditInsert(event, 2, 'FROM changed')
      const { rowCount } = await pool.query(
        `WITH changed AS (
           UPDATE credentials SET suspended_at = now() WHERE id = $1 AND suspended_at IS NULL RETURNING id)
         ${audit.sql}`,
        [id, ...audit.values],
      )
      return rowCount === 1
    },

    remove: (id, accountId, check, event, ends) =>
      transaction(pool, async (tx) => {
        // In one order with enrolment and other removals: what is checked is what there is.
        await tx.query('SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE', [accountId])
        const { rows } = await tx.query<Held>(
          `SELECT id, factor, strength, suspended_at IS NOT NULL AS suspended FROM credentials
           WHERE account_id = $1 FOR UPDATE`,
          [accountId],
        )
        if (!rows.some((held) => held.id === id)) return 'unknown'
        if (!check(rows)) return 'needed'
        await removeCredentials(tx, [id], accountId)
        await endOtherSessions(tx, accountId, ends)
        await writeAudit(tx, event)
        return 'removed'
      }),

    async rename(id, accountId, label, event) {
      const audit = auditInsert(event, 4, 'FROM changed')
      try {
        const { rowCount } = await pool.query(
          `WITH changed AS (
             UPDATE credentials SET label = $3 WHERE id = $1 AND account_id = $2 RETURNING id)
           ${audit.sql}`,
          [id, accountId, label, ...audit.values],
        )
        return rowCount === 1 ? 'renamed' : 'unknown'
      } catch (error) {
        if (isTaken(error)) return 'taken'
        throw error
      }
    },
  }
}

/** False: the account has none of them any more. */
async function removeCredentials(tx: Queryable, ids: readonly string[], accountId: string): Promise<boolean> {
  const sql = 'DELETE FROM credentials WHERE id = ANY($1::uuid[]) AND account_id = $2'
  return ((await tx.query(sql, [ids, accountId])).rowCount ?? 0) > 0
}

/** The form in which a credential's data is stored. */
export const sealData = (seal: Seal, id: string, data: unknown): string =>
  seal.seal(JSON.stringify(data), place(id))

/** Undefined where the external id or the label is taken. */
export async function insertCredential(
  tx: Queryable,
  seal: Seal,
  id: string,
  accountId: string,
  factor: FactorId,
  { data, externalId, label, strength, ground }: Bound,
): Promise<CredentialRow | undefined> {
  const sealed = sealData(seal, id, data)
  const { rows } = await tx.query<CredentialRow>(
    `INSERT INTO credentials (id, account_id, factor, external_id, label, strength, data, ground)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [id, accountId, factor, externalId ?? null, label, JSON.stringify(strength), sealed, ground ?? null],
  )
  return rows[0]
}

export function toCredential(row: CredentialRow, seal: Seal): Credential {
  return {
    id: row.id,
    accountId: row.account_id,
    factor: row.factor,
    label: row.label,
    strength: row.strength,
    data: JSON.parse(seal.open(row.data, place(row.id))),
    version: row.version,
    suspended: row.suspended_at !== null,
    createdAt: new Date(row.created_at).getTime(),
    ...(row.ground === null ? {} : { ground: row.ground }),
    ...(row.external_id === null ? {} : { externalId: row.external_id }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: new Date(row.last_used_at).getTime() }),
  }
}
