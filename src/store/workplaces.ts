import { randomInt, randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { spoken } from '../domain/spoken.ts'
import type { Workplaces } from '../journey/ports.ts'
import { writeAudit } from './audit.ts'
import { digestsOf } from './codes.ts'
import { transaction } from './postgres.ts'
import type { RingKey } from './seal.ts'

const LENGTH = 8

export function createWorkplaces(pool: Pool, ring: readonly RingKey[]): Workplaces {
  const digests = digestsOf(ring, 'workplaces')
  return {
    invite: (name, expiresAt, event) =>
      transaction(pool, async (tx) => {
        const code = spoken(LENGTH, randomInt)
        await tx.query(
          `INSERT INTO workplaces (id, name, digest, code_expires_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT (name) DO UPDATE SET id = EXCLUDED.id, digest = EXCLUDED.digest,
             code_expires_at = EXCLUDED.code_expires_at, registered_at = NULL`,
          [randomUUID(), name, digests(code)[0], new Date(expiresAt)],
        )
        await writeAudit(tx, event)
        return code
      }),

    register: (code, now, event) =>
      transaction(pool, async (tx) => {
        const { rows } = await tx.query<{ id: string }>(
          `UPDATE workplaces SET digest = NULL, registered_at = $2
           WHERE digest = ANY($1) AND code_expires_at > $2 RETURNING id`,
          [digests(code), new Date(now)],
        )
        if (rows[0]) await writeAudit(tx, event)
        return rows[0]?.id
      }),

    async isRegistered(id) {
      const { rowCount } = await pool.query(
        'SELECT 1 FROM workplaces WHERE id = $1 AND registered_at IS NOT NULL',
        [id],
      )
      return rowCount === 1
    },

    async all() {
      const { rows } = await pool.query<{ name: string; registered_at: Date | null }>(
        'SELECT name, registered_at FROM workplaces ORDER BY name',
      )
      return rows.map(({ name, registered_at: at }) => ({
        name,
        ...(at ? { registeredAt: at.getTime() } : {}),
      }))
    },

    remove: (name, event) =>
      transaction(pool, async (tx) => {
        const { rowCount } = await tx.query('DELETE FROM workplaces WHERE name = $1', [name])
        if (rowCount === 1) await writeAudit(tx, event)
        return rowCount === 1
      }),
  }
}
