import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import type { Tokens } from '../journey/ports.ts'
import { writeAudit } from './audit.ts'
import { transaction } from './postgres.ts'
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
      return { payload, ...(row.consumed_at ? { consumed: Math.floor(row.consumed_at.getTime() / 1000) } : {}) }
    },

    async upsert(model, id, payload, ttlSeconds) {
      const idHash = hash(id)
      const grant = model === 'Grant' ? id : text(payload.grantId)
      await pool.query(
        `INSERT INTO tokens (model, id_hash, grant_hash, account_id, payload, expires_at)
         VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
         ON CONFLICT (model, id_hash) DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at`,
        [
          model,
          idHash,
          grant === null ? null : hash(grant),
          text(payload.accountId),
          seal.seal(JSON.stringify(payload), place(model, idHash)),
          ttlSeconds,
        ],
      )
    },

    async consume(model, id) {
      const { rowCount } = await pool.query(
        'UPDATE tokens SET consumed_at = now() WHERE model = $1 AND id_hash = $2 AND consumed_at IS NULL',
        [model, hash(id)],
      )
      return rowCount === 1
    },

    async destroy(model, id) {
      await pool.query('DELETE FROM tokens WHERE model = $1 AND id_hash = $2', [model, hash(id)])
    },

    revokeGrant: (grantId, event) =>
      transaction(pool, async (tx) => {
        const { rowCount } = await tx.query('DELETE FROM tokens WHERE grant_hash = $1', [hash(grantId)])
        if (rowCount) await writeAudit(tx, event)
      }),
  }
}
