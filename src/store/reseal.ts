import type { Pool } from 'pg'
import type { Resealed } from '../journey/ports.ts'
import type { Seal } from './seal.ts'

/** Where sealed values are kept for long; `key` are the columns whose values, with colons between, name the row. */
export const SEALED = [
  { table: 'signing_keys', column: 'jwk', key: ['kid'] },
  { table: 'secrets', column: 'value', key: ['name'] },
  { table: 'credentials', column: 'data', key: ['id'] },
  { table: 'tokens', column: 'payload', key: ['model', 'id_hash'] },
  { table: 'registrations', column: 'client', key: ['client_id'] },
  { table: 'outbox', column: 'secret', key: ['id'] },
] as const

const BATCH = 500

type Sealed = (typeof SEALED)[number]

/**
 * Seals with the first key of the ring what an older one has sealed, in batches and in the order of the rows, while
 * instances go on working: a value that changed meanwhile is left as it is, and counted as left if it is old still.
 * `passes` names rows that are left out.
 */
export async function reseal(pool: Pool, seal: Seal, passes: (name: string) => boolean): Promise<Resealed> {
  const result = { done: 0, left: 0 }
  for (const sealed of SEALED) {
    result.done += await resealTable(pool, seal, sealed, passes)
    result.left += await oldIn(pool, seal, sealed, passes)
  }
  return result
}

async function resealTable(
  pool: Pool,
  seal: Seal,
  { table, column, key }: Sealed,
  passes: (name: string) => boolean,
) {
  const columns = key.join(', ')
  const after = `(${columns}) > (${key.map((_, n) => `$${n + 1}`).join(', ')})`
  let last: string[] | undefined
  let done = 0
  while (true) {
    const { rows } = await pool.query<Record<string, string>>(
      `SELECT ${columns}, ${column} AS sealed FROM ${table} WHERE ${column} IS NOT NULL ${last ? `AND ${after}` : ''} ORDER BY ${columns} LIMIT ${BATCH}`,
      last,
    )
    for (const { sealed = '', ...row } of rows) {
      const name = key.map((part) => row[part]).join(':')
      if (sealed.startsWith(seal.prefix) || passes(name)) continue
      const place = `${table}|${column}|${name}`
      const { rowCount } = await pool.query(
        `UPDATE ${table} SET ${column} = $1 WHERE ${column} = $2 AND ${key.map((part, n) => `${part} = $${n + 3}`).join(' AND ')}`,
        [seal.seal(seal.open(sealed, place), place), sealed, ...key.map((part) => row[part])],
      )
      done += rowCount ?? 0
    }
    const [end] = rows.slice(-1)
    if (!end || rows.length < BATCH) return done
    last = key.map((part) => String(end[part]))
  }
}

async function oldIn(
  pool: Pool,
  seal: Seal,
  { table, column, key }: Sealed,
  passes: (name: string) => boolean,
) {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT ${key[0]}::text AS name FROM ${table} WHERE NOT starts_with(${column}, $1)`,
    [seal.prefix],
  )
  return rows.filter(({ name }) => !passes(name)).length
}
