import { randomInt, randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import type { Machine } from '../domain/machine.ts'
import { spoken } from '../domain/spoken.ts'
import type { Handover, Handovers } from '../journey/ports.ts'
import { writeAudit } from './audit.ts'
import { digestsOf } from './codes.ts'
import { transaction } from './postgres.ts'
import type { RingKey } from './seal.ts'

/** Forty bits, and of use for half an hour and to one phone. */
const LENGTH = 8
const MOST_TRIES = 3

interface Row {
  id: string
  place: string
  account_id: string
  factor: string
  begun: Handover['begun']
  joined: Machine | null
  finished: boolean
}

const COLUMNS = 'id, place, account_id, factor, begun, joined, number IS NOT NULL AS finished'

export function createHandovers(pool: Pool, ring: readonly RingKey[]): Handovers {
  const digests = digestsOf(ring, 'handovers')
  const find = async (column: 'place' | 'phone', values: readonly string[], now: number) => {
    const { rows } = await pool.query<Row>(
      `SELECT ${COLUMNS} FROM handovers WHERE ${column} = ANY($1) AND tries < ${MOST_TRIES} AND expires_at > $2`,
      [values, new Date(now)],
    )
    return rows[0] && read(rows[0])
  }
  return {
    begin: ({ place, accountId, factor, begun }, expiresAt, event) =>
      transaction(pool, async (tx) => {
        const code = spoken(LENGTH, randomInt)
        await tx.query('DELETE FROM handovers WHERE place = $1', [place])
        await tx.query(
          `INSERT INTO handovers (id, place, account_id, factor, begun, digest, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7)`,
          [randomUUID(), place, accountId, factor, begun, digests(`code|${code}`)[0], new Date(expiresAt)],
        )
        await writeAudit(tx, event)
        return code
      }),

    join: (code, { secret, on }, now, report) =>
      transaction(pool, async (tx) => {
        const { rows } = await tx.query<{ account_id: string }>(
          `UPDATE handovers SET digest = NULL, phone = $2, joined = $3
           WHERE digest = ANY($1) AND expires_at > $4 RETURNING account_id`,
          [digests(`code|${code}`), digests(`phone|${secret}`)[0], on, new Date(now)],
        )
        if (rows[0]) await writeAudit(tx, report(rows[0].account_id))
        return rows.length === 1
      }),

    atPlace: (place, now) => find('place', [place], now),
    atPhone: (secret, now) => find('phone', digests(`phone|${secret}`), now),

    async finish(id, number) {
      await pool.query('UPDATE handovers SET number = $2 WHERE id = $1', [
        id,
        digests(`number|${id}|${number}`)[0],
      ])
    },

    redeem: (id, number, now, report) =>
      transaction(pool, async (tx) => {
        // The row is locked: of parallel tries each is counted, and after a right one there is no row left.
        const { rows } = await tx.query<{ number: string }>(
          `UPDATE handovers SET tries = tries + 1
           WHERE id = $1 AND number IS NOT NULL AND tries < ${MOST_TRIES} AND expires_at > $2 RETURNING number`,
          [id, new Date(now)],
        )
        const [row] = rows
        if (row && digests(`number|${id}|${number}`).includes(row.number)) {
          await tx.query('DELETE FROM handovers WHERE id = $1', [id])
          return 'right'
        }
        const outcome = row ? 'wrong' : 'gone'
        await writeAudit(tx, report(outcome))
        return outcome
      }),

    async drop(id) {
      await pool.query('DELETE FROM handovers WHERE id = $1', [id])
    },
  }
}

const read = ({ account_id, joined, ...row }: Row): Handover => ({
  ...row,
  accountId: account_id,
  ...(joined ? { joined } : {}),
})
