import type { Pool } from 'pg'
import { type Anchor, BEGINNING, readAnchor, removedRows } from './audit-anchor.ts'
import { type AuditRow, BATCH, COLUMNS, type Linker, linker, RANGE } from './audit-link.ts'

export interface ChainReport {
  /** How many were followed. */
  rows: number
  /** The last link, as `<seq>:<hex>`; absent where there is none. */
  head?: string
  /** What is wrong at the first place where something is. */
  broken?: string
  /** Rows older than ten minutes that nobody has sealed. */
  unsealed: number
  /** What was removed before the place where the chain begins. ISO 8601. */
  removed?: { rows: number; at: string; until: string }
  /** The head that was given lies in what was removed: whether it was on the chain cannot be told. */
  outdated?: true
}

interface Link {
  seq: string
  audit_id: string
  link: Buffer
}

/** Follows the chain from its beginning; `noted` is a head that was noted down once and must be on it. */
export async function verifyChain(pool: Pool, key: string, noted?: string): Promise<ChainReport> {
  for (;;) {
    const anchor = await readAnchor(pool, key)
    if (anchor === 'forged')
      return { rows: 0, broken: 'the place where it begins was not written with its key', unsealed: 0 }
    const followed = await follow(pool, linker(key), anchor ?? BEGINNING, noted)
    // What was removed meanwhile is not missing.
    if (followed.broken && !same(await readAnchor(pool, key), anchor)) continue
    return {
      ...followed,
      ...(anchor ? { removed: removedIn(anchor) } : {}),
      unsealed: await unsealed(pool, anchor?.seq ?? 0),
    }
  }
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

const removedIn = (anchor: Anchor) => ({
  rows: removedRows(anchor),
  at: anchor.removedAt,
  until: anchor.until,
})

async function follow(
  pool: Pool,
  link: Linker,
  from: Pick<Anchor, 'seq' | 'link' | 'late'>,
  noted: string | undefined,
): Promise<Omit<ChainReport, 'unsealed'>> {
  let [rows, seq, last] = [0, from.seq, Buffer.from(from.link, 'hex') as Buffer]
  let met = noted === undefined || noted === headOf(seq, last)
  const outdated = !met && Number(noted?.split(':')[0]) < seq
  const late = new Map(from.late)
  const broken = (what: string) => ({ rows, broken: what })
  for (;;) {
    const links = await linksAfter(pool, seq)
    if (links.length === 0) break
    const found = await rowsOf(pool, links)
    for (const one of links) {
      const [row, twin] = found.get(one.audit_id) ?? []
      if (Number(one.seq) !== seq + 1) return broken(`link ${seq + 1} is missing`)
      if (twin) return broken(`there are two rows ${one.audit_id}`)
      if (!row && late.get(seq + 1) !== one.link.toString('hex'))
        return broken(`row ${one.audit_id} of link ${one.seq} is missing`)
      if (row && !link(last, row).equals(one.link))
        return broken(`row ${row.id} is not what link ${one.seq} was made of`)
      ;[rows, seq, last] = [row ? rows + 1 : rows, seq + 1, one.link]
      met ||= headOf(seq, last) === noted
    }
  }
  if (!met && !outdated)
    return broken(`the head ${noted} is not on the chain: what comes after it, or all of it, was replaced`)
  return { rows, ...(seq === 0 ? {} : { head: headOf(seq, last) }), ...(outdated ? { outdated } : {}) }
}

const headOf = (seq: number, link: Buffer): string => `${seq}:${link.toString('hex')}`

async function linksAfter(pool: Pool, seq: number): Promise<Link[]> {
  const { rows } = await pool.query<Link>(
    `SELECT seq, audit_id, link FROM audit_chain WHERE seq > $1 ORDER BY seq LIMIT ${BATCH}`,
    [seq],
  )
  return rows
}

/** By id. Their bounds let each month be looked into once, and not for every row. */
async function rowsOf(pool: Pool, links: Link[]): Promise<Map<string, AuditRow[]>> {
  const ids = links.map(({ audit_id }) => Number(audit_id))
  const { rows } = await pool.query<AuditRow>(
    `SELECT ${COLUMNS} FROM unnest($1::bigint[]) AS linked (id) JOIN audit a ON a.id = linked.id
     WHERE a.id BETWEEN $2 AND $3`,
    [ids, Math.min(...ids), Math.max(...ids)],
  )
  return Map.groupBy(rows, ({ id }) => id)
}

/** Rows that are kept have links behind the place where the chain begins. */
async function unsealed(pool: Pool, begins: number): Promise<number> {
  const { rows } = await pool.query<{ first: string; last: string }>(
    'SELECT coalesce(min(id), 1) AS first, coalesce(max(id), 0) AS last FROM audit',
  )
  let count = 0
  for (let after = Number(rows[0]?.first) - 1; after < Number(rows[0]?.last); after += RANGE) {
    const found = await pool.query<{ n: string }>(
      `SELECT count(*) AS n FROM audit a WHERE a.id > $1 AND a.id <= $2 AND a.at < now() - interval '10 minutes'
       AND NOT EXISTS (SELECT FROM audit_chain c
         WHERE c.audit_id = a.id AND c.audit_id > $1 AND c.audit_id <= $2 AND c.seq > $3)`,
      [after, after + RANGE, begins],
    )
    count += Number(found.rows[0]?.n)
  }
  return count
}
