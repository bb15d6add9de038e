import { writeAudit } from './audit.ts'
import { type Anchor, BEGINNING, readAnchor, writeAnchor } from './audit-anchor.ts'
import { type AuditRow, COLUMNS, linker, RANGE, START } from './audit-link.ts'
import type { Queryable } from './postgres.ts'

type Late = Anchor['late']

/**
 * Removes one part of the trail and moves the place where the chain begins behind it, in one transaction. `until` in
 * ISO 8601. What the part holds is not read again by `verify`, so it is judged here: each row has its link, and those
 * by which rows that stay could be passed off as removed ones are what their links were made of.
 */
export async function removePart(
  tx: Queryable,
  key: string,
  part: { name: string; until: string },
): Promise<void> {
  const before = await readAnchor(tx, key)
  if (before === 'forged')
    throw new Error('audit: the place where the chain begins was not written with its key')
  const from = before ?? BEGINNING
  const ids = await bounds(tx, part.name)
  const seq = await lastBeforeKept(tx, part.name, from)
  const { rows, late, young } = await linked(tx, part.name, ids, seq)
  await mustBeGenuine(tx, key, part.name, from, young)
  await tx.query(`ALTER TABLE audit DETACH PARTITION ${part.name}`)
  // Now nobody writes it any more.
  if ((await bounds(tx, part.name)).last !== ids.last) throw new Error(`audit: ${part.name} is still written`)
  if (rows > 0) {
    await writeAnchor(tx, key, {
      seq,
      link: seq === from.seq ? from.link : await linkOf(tx, seq),
      removedAt: new Date().toISOString(),
      until: part.until,
      late: [...from.late.filter(([one]) => one > seq), ...late],
    })
    await writeAudit(tx, { event: 'audit.removed', until: Date.parse(part.until), rows })
  }
  await tx.query(`DROP TABLE ${part.name}`)
}

async function bounds(tx: Queryable, part: string): Promise<{ first: number; last: number }> {
  const { rows } = await tx.query<{ first: string; last: string }>(
    `SELECT coalesce(min(id), 0) AS first, coalesce(max(id), 0) AS last FROM ${part}`,
  )
  return { first: Number(rows[0]?.first), last: Number(rows[0]?.last) }
}

/** The link before the first whose row stays. */
async function lastBeforeKept(
  tx: Queryable,
  part: string,
  from: Pick<Anchor, 'seq' | 'late'>,
): Promise<number> {
  const gone = from.late.map(([seq]) => seq)
  const head = await headOf(tx)
  for (let after = from.seq; after < head; after += RANGE) {
    const range = [after, after + RANGE]
    const ids = await tx.query<{ first: string | null; last: string | null }>(
      'SELECT min(audit_id) AS first, max(audit_id) AS last FROM audit_chain WHERE seq > $1 AND seq <= $2',
      range,
    )
    const { rows } = await tx.query<{ kept: string | null }>(
      `SELECT min(c.seq) AS kept FROM audit_chain c
       WHERE c.seq > $1 AND c.seq <= $2 AND c.seq <> ALL ($3::bigint[])
         AND NOT EXISTS (SELECT FROM ${part} m WHERE m.id = c.audit_id AND m.id BETWEEN $4 AND $5)`,
      [...range, gone, ids.rows[0]?.first, ids.rows[0]?.last],
    )
    if (rows[0]?.kept) return Number(rows[0].kept) - 1
  }
  return head
}

async function headOf(tx: Queryable): Promise<number> {
  const { rows } = await tx.query<{ head: string }>('SELECT coalesce(max(seq), 0) AS head FROM audit_chain')
  return Number(rows[0]?.head)
}

/**
 * How many rows there are; which links of theirs come after `seq`; and the places of those that were written or sealed no
 * earlier than that of `seq`. Throws where a row has none.
 */
async function linked(
  tx: Queryable,
  part: string,
  { first, last }: { first: number; last: number },
  seq: number,
): Promise<{ rows: number; late: Late; young: number[] }> {
  let rows = 0
  const young: Late = []
  for (let after = first - 1; after < last; after += RANGE) {
    const found = await tx.query<{ rows: string; sealed: string; young: Late | null }>(
      `SELECT count(*) AS rows, count(c.seq) AS sealed,
         json_agg(json_build_array(c.seq, encode(c.link, 'hex')) ORDER BY c.seq) FILTER (WHERE c.seq >= $3
           OR m.id > (SELECT audit_id FROM audit_chain WHERE seq = $3)) AS young
       FROM ${part} m LEFT JOIN audit_chain c
         ON c.audit_id = m.id AND c.audit_id > $1 AND c.audit_id <= $2
       WHERE m.id > $1 AND m.id <= $2`,
      [after, after + RANGE, seq],
    )
    const [counted] = found.rows
    if (counted?.rows !== counted?.sealed) throw new Error(`audit: not every row of ${part} has its link yet`)
    rows += Number(counted?.rows)
    young.push(...(counted?.young ?? []))
    if (young.length > RANGE) throw new Error(`audit: most of ${part} was sealed after a row that stays`)
  }
  return { rows, late: young.filter(([one]) => one > seq), young: young.map(([one]) => one) }
}

/**
 * All others were written and sealed before the row of the last link that goes, and are as old as that is. Without this,
 * whoever owns the database could date a row back that is to be hidden, and wait until it is removed.
 */
async function mustBeGenuine(
  tx: Queryable,
  key: string,
  part: string,
  from: Pick<Anchor, 'seq' | 'link'>,
  seqs: number[],
): Promise<void> {
  const { rows } = await tx.query<AuditRow & { seq: string; link: Buffer; before: Buffer | null }>(
    `SELECT c.seq, c.link, b.link AS before, ${COLUMNS}
     FROM audit_chain c JOIN ${part} a ON a.id = c.audit_id LEFT JOIN audit_chain b ON b.seq = c.seq - 1
     WHERE c.seq = ANY ($1::bigint[])`,
    [seqs],
  )
  for (const row of rows) {
    const before = Number(row.seq) - 1 === from.seq ? Buffer.from(from.link, 'hex') : (row.before ?? START)
    if (!linker(key)(before, row).equals(row.link))
      throw new Error(`audit: row ${row.id} of ${part} is not what link ${row.seq} was made of`)
  }
}

async function linkOf(tx: Queryable, seq: number): Promise<string> {
  const { rows } = await tx.query<{ link: string }>(
    "SELECT encode(link, 'hex') AS link FROM audit_chain WHERE seq = $1",
    [seq],
  )
  if (!rows[0]) throw new Error(`audit: link ${seq} is missing`)
  return rows[0].link
}
