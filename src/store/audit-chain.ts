import { createHmac } from 'node:crypto'
import type { Pool } from 'pg'
import { isTaken } from './postgres.ts'

/** An audit row as the database writes it, with its link where it has one. Times are UTC, to the microsecond. */
export interface AuditRow {
  id: string
  at: string
  event: string
  account_id: string | null
  client_id: string | null
  request_id: string | null
  /** JSON. */
  data: string
}

interface Linked extends AuditRow {
  seq: string
  audit_id: string
  link: Buffer
}

export interface ChainReport {
  rows: number
  /** The last link, as `<seq>:<hex>`; absent where there is none. */
  head?: string
  /** What is wrong at the first place where something is. */
  broken?: string
  /** Rows older than ten minutes that nobody has sealed. */
  unsealed: number
}

export interface AuditChain {
  /** Adds rows that have no link yet. Whether there may be more; not where another instance was first. */
  seal(): Promise<boolean>
  /** Follows the chain from its beginning; `noted` is a head that was noted down once and must be on it. */
  verify(noted?: string): Promise<ChainReport>
}

export const BATCH = 1_000
/** A row that was written late is found among so many links at the end of the chain. */
const LOOK_BACK = 50_000
const RANGE = 100_000

/** The columns that are bound, in one form for ever: changing it breaks every chain there is. */
export const COLUMNS = `a.id, to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, a.event,
  a.account_id, a.client_id, a.request_id, a.data::text AS data`

/**
 * Links are made after the rows, in the order in which they become visible, so that no login waits for another. `seq`
 * and `audit_id` are unique: of two instances that seal at once one fails, and the chain never forks.
 */
export function createAuditChain(pool: Pool, key: () => Promise<string>): AuditChain {
  const follow = (secret: string) => (before: Buffer, row: AuditRow) =>
    createHmac('sha256', secret).update(before).update(bytesOf(row)).digest()

  return {
    async seal() {
      const link = follow(await key())
      const { rows: ends } = await pool.query<Linked>(
        'SELECT seq, link FROM audit_chain ORDER BY seq DESC LIMIT 1',
      )
      const { rows } = await pool.query<AuditRow>(
        `SELECT ${COLUMNS} FROM audit a
         WHERE a.id > coalesce((SELECT min(audit_id) FROM (
             SELECT audit_id FROM audit_chain ORDER BY seq DESC LIMIT ${LOOK_BACK}) AS latest), 0)
           AND NOT EXISTS (SELECT FROM audit_chain c WHERE c.audit_id = a.id)
         ORDER BY a.id LIMIT ${BATCH}`,
      )
      if (rows.length === 0) return false
      let last = ends[0]?.link ?? START
      const links = rows.map((row) => {
        last = link(last, row)
        return last
      })
      try {
        await pool.query(
          `INSERT INTO audit_chain (seq, audit_id, link)
           SELECT $1::bigint + n, audit_id, link
           FROM unnest($2::bigint[], $3::bytea[]) WITH ORDINALITY AS sealed (audit_id, link, n)`,
          [ends[0]?.seq ?? 0, rows.map(({ id }) => id), links],
        )
      } catch (error) {
        if (isTaken(error)) return false
        throw error
      }
      return rows.length === BATCH
    },

    async verify(noted) {
      const report = await followed(pool, follow(await key()), noted)
      return { ...report, unsealed: await unsealed(pool) }
    },
  }
}

const START = Buffer.alloc(32)

const bytesOf = ({ id, at, event, account_id, client_id, request_id, data }: AuditRow): string =>
  JSON.stringify([id, at, event, account_id, client_id, request_id, data])

async function followed(
  pool: Pool,
  link: (before: Buffer, row: AuditRow) => Buffer,
  noted: string | undefined,
): Promise<Omit<ChainReport, 'unsealed'>> {
  let [rows, last, met] = [0, START as Buffer, noted === undefined]
  const broken = (what: string) => ({ rows, broken: what })
  for (;;) {
    const { rows: batch } = await pool.query<Linked>(
      `SELECT c.seq, c.audit_id, c.link, ${COLUMNS} FROM audit_chain c LEFT JOIN audit a ON a.id = c.audit_id
       WHERE c.seq > $1 ORDER BY c.seq LIMIT ${BATCH}`,
      [rows],
    )
    for (const row of batch) {
      if (Number(row.seq) !== rows + 1) return broken(`link ${rows + 1} is missing`)
      if (row.id === null) return broken(`row ${row.audit_id} of link ${row.seq} is missing`)
      if (!link(last, row).equals(row.link))
        return broken(`row ${row.id} is not what link ${row.seq} was made of`)
      ;[rows, last] = [rows + 1, row.link]
      met ||= headOf(rows, last) === noted
    }
    if (batch.length < BATCH) break
  }
  if (!met)
    return broken(`the head ${noted} is not on the chain: what comes after it, or all of it, was replaced`)
  return rows === 0 ? { rows } : { rows, head: headOf(rows, last) }
}

const headOf = (seq: number, link: Buffer): string => `${seq}:${link.toString('hex')}`

async function unsealed(pool: Pool): Promise<number> {
  let [count, after] = [0, 0]
  const { rows } = await pool.query<{ last: string }>('SELECT coalesce(max(id), 0) AS last FROM audit')
  const last = Number(rows[0]?.last)
  for (; after < last; after += RANGE) {
    const found = await pool.query<{ n: string }>(
      `SELECT count(*) AS n FROM audit a WHERE a.id > $1 AND a.id <= $2 AND a.at < now() - interval '10 minutes'
       AND NOT EXISTS (SELECT FROM audit_chain c WHERE c.audit_id = a.id)`,
      [after, after + RANGE],
    )
    count += Number(found.rows[0]?.n)
  }
  return count
}
