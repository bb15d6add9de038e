import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import type { Tokens } from '../journey/ports.ts'
import { auditInsert } from './audit.ts'
import type { Seal } from './seal.ts'

interface Row {
  payload: string
  consumed_at: Date | null
}

const hash = (id: string): string => createHash('sha256').update(id).digest('base64url')
const place = (model: string, idHash: string): string => `tokens|payload|${model}:${idHash}`
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

export function createTokens(pool: Pool, seal: Seal): Tokens {
  return {
    async find(model, id) {
      const idHash = hash(id)
      const { rows } = await pool.query<Row>(
        'SELECT payload, consumed_at FROM tokens WHERE model = $1 AND id_hash = $2 AND expires_at > now()',
        [model, idHash],
      )
      const [row] = rows
      if (!row) return undefined
      const payload = JSON.parse(seal.open(row.payload, place(model, idHash))) as Record<string, unknown>
      if (payload.jti === null) payload.jti = id
      return {
        payload,
        ...(row.consumed_at ? { consumed: Math.floor(row.consumed_at.getTime() / 1000) } : {}),
      }
    },

    async upsert(model, id, payload, ttlSeconds) {
      const idHash = hash(id)
      // The id is the token's value: it is kept nowhere, sealed or not.
      const stored = payload.jti === id ? { ...payload, jti: null } : payload
      const grant = model === 'Grant' ? id : text(payload.grantId)
      await pool.query(
        `INSERT INTO tokens (model, id_hash, grant_hash, account_id, client_id, payload, expires_at, session_uid)
         VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7), $8)
         ON CONFLICT (model, id_hash) DO UPDATE SET grant_hash = excluded.grant_hash,
           account_id = excluded.account_id, client_id = excluded.client_id, payload = excluded.payload,
           expires_at = excluded.expires_at, session_uid = excluded.session_uid`,
        [
          model,
          idHash,
          grant === null ? null : hash(grant),
          text(payload.accountId),
          text(payload.clientId),
          seal.seal(JSON.stringify(stored), place(model, idHash)),
          ttlSeconds,
          text(payload.sessionUid),
        ],
      )
    },

    async create(model, id, payload, ttlSeconds) {
      const idHash = hash(id)
      const { rowCount } = await pool.query(
        `INSERT INTO tokens (model, id_hash, payload, expires_at)
         VALUES ($1, $2, $3, now() + make_interval(secs => $4))
         ON CONFLICT (model, id_hash) DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at
           WHERE tokens.expires_at <= now()`,
        [model, idHash, seal.seal(JSON.stringify(payload), place(model, idHash)), ttlSeconds],
      )
      return rowCount === 1
    },

    async consume(model, id) {
      const { rowCount } = await pool.query(
        `UPDATE tokens SET consumed_at = now()
         WHERE model = $1 AND id_hash = $2 AND consumed_at IS NULL AND expires_at > now()`,
        [model, hash(id)],
      )
      return rowCount === 1
    },

    async destroy(model, id) {
      await pool.query('DELETE FROM tokens WHERE model = $1 AND id_hash = $2', [model, hash(id)])
    },

    async ofAccount(accountId) {
      const { rows } = await pool.query<{ model: string; client_id: string | null; expires_at: Date }>(
        `SELECT model, client_id, expires_at FROM tokens
         WHERE account_id = $1 AND expires_at > now() ORDER BY expires_at`,
        [accountId],
      )
      return rows.map(({ model, client_id, expires_at }) => ({
        model,
        expiresAt: expires_at.getTime(),
        ...(client_id === null ? {} : { clientId: client_id }),
      }))
    },

    async revokeGrant(grantId, event) {
      const audit = auditInsert(event, 2, 'WHERE EXISTS (SELECT FROM ended)')
      await pool.query(`WITH ended AS (DELETE FROM tokens WHERE grant_hash = $1 RETURNING 1) ${audit.sql}`, [
        hash(grantId),
        ...audit.values,
      ])
    },
  }
}
