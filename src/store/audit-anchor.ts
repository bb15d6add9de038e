import { createHmac } from 'node:crypto'
import { START } from './audit-link.ts'
import type { Queryable } from './postgres.ts'

/** Where the chain begins since older rows were removed. Nobody without the chain's key can move it. */
export interface Anchor {
  /** The last link that is not followed any more, with all before it; hex. */
  seq: number
  link: string
  /** ISO 8601: when this was, and that of the end of the last month that was removed. */
  removedAt: string
  until: string
  /** Links behind `seq` whose rows were removed, too: they were sealed after rows of the month that followed. */
  late: [seq: number, link: string][]
}

/** Where a chain begins of which nothing was removed. */
export const BEGINNING = { seq: 0, link: START.toString('hex'), late: [] as Anchor['late'] }

export const removedRows = ({ seq, late }: Pick<Anchor, 'seq' | 'late'>): number => seq + late.length

/** The latest one; `forged` where it was not made with this key. */
export async function readAnchor(db: Queryable, key: string): Promise<Anchor | 'forged' | undefined> {
  const { rows } = await db.query<{ data: string; mac: Buffer }>(
    'SELECT data, mac FROM audit_anchors ORDER BY id DESC LIMIT 1',
  )
  const [found] = rows
  if (!found) return undefined
  return macOf(key, found.data).equals(found.mac) ? JSON.parse(found.data) : 'forged'
}

export async function writeAnchor(db: Queryable, key: string, anchor: Anchor): Promise<void> {
  const data = JSON.stringify(anchor)
  await db.query('INSERT INTO audit_anchors (data, mac) VALUES ($1, $2)', [data, macOf(key, data)])
}

const macOf = (key: string, data: string): Buffer =>
  createHmac('sha256', key).update('anchor').update(data).digest()
