import { randomUUID } from 'node:crypto'
import { DatabaseError, type Pool } from 'pg'
import type { Enrolled } from '../domain/factor.ts'
import type { NewAccount } from '../journey/ports.ts'
import { loginNames } from './accounts.ts'
import { writeAuditOfEach } from './audit.ts'
import { sealData } from './credentials.ts'
import { type Queryable, transaction } from './postgres.ts'
import type { Seal } from './seal.ts'

/** A line that describes an account; lines are counted from 1. */
export interface ImportLine {
  line: number
  account: NewAccount
  password: Enrolled<unknown>
}

/** A line that was not imported. The reason names the key, never its value. */
export interface Refusal {
  line: number
  reason: string
}

/** How far an import has come. `digest` is the SHA-256 of all lines done. */
export interface Progress {
  linesDone: number
  imported: number
  digest: string
}

const START: Progress = { linesDone: 0, imported: 0, digest: '' }

/** The next lines of an import: those to be imported, those refused already, and how far it has come with them. */
export interface Batch {
  lines: readonly ImportLine[]
  refused: readonly Refusal[]
  linesDone: number
  digest: string
}

export interface Imports {
  /** How far the import of this id has come; `START` where it is not known. */
  progress(id: string): Promise<Progress>
  /** In order of lines. */
  refusals(id: string): Promise<Refusal[]>
  /**
   * Accounts with login names, credential and audit row, refusals and progress: all or nothing. What is in use
   * already is refused, not failed on. Throws `ImportOvertaken` where the import is no longer at `from`.
   */
  add(id: string, from: Progress, batch: Batch): Promise<{ progress: Progress; refused: Refusal[] }>
}

export class ImportOvertaken extends Error {
  constructor() {
    super('another process imports the same lines')
    this.name = 'ImportOvertaken'
  }
}

/** A name that was free is taken (by a person just now), or two transactions wait for each other: once more. */
const CONFLICTS = new Set(['23505', '40001', '40P01'])
const TRIES = 5

export function createImports(pool: Pool, seal: Seal): Imports {
  return {
    async progress(id) {
      const { rows } = await pool.query<{ lines_done: string; imported: string; digest: string }>(
        'SELECT lines_done, imported, digest FROM imports WHERE id = $1',
        [id],
      )
      const [row] = rows
      if (!row) return START
      return { linesDone: Number(row.lines_done), imported: Number(row.imported), digest: row.digest }
    },

    async refusals(id) {
      const { rows } = await pool.query<{ line: string; reason: string }>(
        'SELECT line, reason FROM import_refusals WHERE import_id = $1 ORDER BY line',
        [id],
      )
      return rows.map(({ line, reason }) => ({ line: Number(line), reason }))
    },

    async add(id, from, batch) {
      for (let tried = 1; ; tried++) {
        try {
          return await transaction(pool, (tx) => write(tx, seal, id, from, batch))
        } catch (error) {
          const conflict = error instanceof DatabaseError && CONFLICTS.has(error.code ?? '')
          if (!conflict || tried === TRIES) throw error
        }
      }
    },
  }
}

async function write(tx: Queryable, seal: Seal, id: string, from: Progress, batch: Batch) {
  await tx.query(
    `INSERT INTO imports (id, lines_done, imported, digest) VALUES ($1, 0, 0, '') ON CONFLICT DO NOTHING`,
    [id],
  )
  const held = await tx.query('SELECT 1 FROM imports WHERE id = $1 AND lines_done = $2 FOR UPDATE', [
    id,
    from.linesDone,
  ])
  if (held.rowCount === 0) throw new ImportOvertaken()
  const { free, taken } = await sift(tx, batch.lines)
  const refused = [...batch.refused, ...taken].sort((a, b) => a.line - b.line)
  await insert(tx, seal, free)
  await tx.query(
    'INSERT INTO import_refusals (import_id, line, reason) SELECT $1, * FROM unnest($2::bigint[], $3::text[])',
    [id, refused.map((r) => r.line), refused.map((r) => r.reason)],
  )
  const { linesDone, digest } = batch
  const progress = { linesDone, digest, imported: from.imported + free.length }
  await tx.query(
    'UPDATE imports SET lines_done = $2, imported = $3, digest = $4, updated_at = now() WHERE id = $1',
    [id, linesDone, progress.imported, digest],
  )
  return { progress, refused }
}

/** What must be unique of one account: which key, and its value as it is compared. */
function claims({ account }: ImportLine): [key: string, value: string][] {
  const [username, email] = loginNames(account)
  const claimed = {
    username: `name:${username}`,
    email: email && `name:${email}`,
    customer_number: account.customerNumber && `number:${account.customerNumber}`,
    id: account.id && `id:${account.id}`,
  }
  return Object.entries(claimed).filter((claim): claim is [string, string] => claim[1] !== undefined)
}

/** Parts the lines whose names, number and id are free from those that claim what is in use; the first line wins. */
async function sift(tx: Queryable, lines: readonly ImportLine[]) {
  const { rows } = await tx.query<{ claim: string }>(
    `SELECT 'name:' || name AS claim FROM login_names WHERE name = ANY($1::text[])
     UNION ALL SELECT 'number:' || customer_number FROM accounts WHERE customer_number = ANY($2::text[])
     UNION ALL SELECT 'id:' || id FROM accounts WHERE id = ANY($3::uuid[])`,
    [
      lines.flatMap(({ account }) => loginNames(account)),
      lines.flatMap(({ account }) => account.customerNumber ?? []),
      lines.flatMap(({ account }) => account.id ?? []),
    ],
  )
  const inUse = new Set(rows.map(({ claim }) => claim))
  const free: ImportLine[] = []
  const taken: Refusal[] = []
  for (const one of lines) {
    const claimed = claims(one)
    const clash = claimed.find(([, value]) => inUse.has(value))
    if (clash) {
      taken.push({ line: one.line, reason: `${clash[0]}: is in use already` })
      continue
    }
    for (const [, value] of claimed) inUse.add(value)
    free.push(one)
  }
  return { free, taken }
}

const ACCOUNT_COLUMNS = [
  'id',
  'username',
  'email',
  'emailVerified',
  'givenName',
  'familyName',
  'customerNumber',
  'group',
  'locale',
] as const

async function insert(tx: Queryable, seal: Seal, lines: readonly ImportLine[]): Promise<void> {
  const accounts = lines.map(({ account, password }) => ({
    ...account,
    id: account.id ?? randomUUID(),
    password,
  }))
  const names = accounts.flatMap((a) => loginNames(a).map((name) => ({ name, id: a.id })))
  const credentials = accounts.map(({ id: accountId, password }) => {
    const id = randomUUID()
    return { id, accountId, ...password, sealed: sealData(seal, id, password.data) }
  })
  const column = <T, K extends keyof T>(rows: readonly T[], key: K): (T[K] | null)[] =>
    rows.map((row) => row[key] ?? null)

  await tx.query(
    `INSERT INTO accounts (id, username, email, email_verified, given_name, family_name, customer_number, "group", locale)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::text[],
       $8::text[], $9::text[])`,
    ACCOUNT_COLUMNS.map((key) => column(accounts, key)),
  )
  await tx.query('INSERT INTO login_names (name, account_id) SELECT * FROM unnest($1::text[], $2::uuid[])', [
    column(names, 'name'),
    column(names, 'id'),
  ])
  await tx.query(
    `INSERT INTO credentials (id, account_id, factor, label, strength, data)
     SELECT id, account_id, 'password', label, strength, data
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::text[])
       AS given (id, account_id, label, strength, data)`,
    [
      column(credentials, 'id'),
      column(credentials, 'accountId'),
      column(credentials, 'label'),
      credentials.map(({ strength }) => JSON.stringify(strength)),
      column(credentials, 'sealed'),
    ],
  )
  await writeAuditOfEach(
    tx,
    { event: 'account.created', by: 'import' },
    accounts.map(({ id }) => id),
  )
}
