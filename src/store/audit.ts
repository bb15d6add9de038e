import type { AuditEvent, AuditName } from '../domain/audit-event.ts'
import type { Audit, AuditRow } from '../journey/ports.ts'
import type { Queryable } from './postgres.ts'

/**
 * SQL and values of one audit row, for a transaction or as the last part of a single statement.
 * `from` selects whether it is written: `FROM changed` writes it only where a row was changed.
 */
export function auditInsert(
  event: AuditEvent,
  firstParameter: number,
  from = '',
): { sql: string; values: unknown[] } {
  const { event: name, accountId = null, clientId = null, requestId = null, ...data } = event
  const p = (offset: number): string => `$${firstParameter + offset}`
  return {
    sql: `INSERT INTO audit (event, account_id, client_id, request_id, data)
          SELECT ${p(0)}::text, ${p(1)}::uuid, ${p(2)}::text, ${p(3)}::uuid, ${p(4)}::jsonb ${from}`,
    values: [name, accountId, clientId, requestId, JSON.stringify(data)],
  }
}

export async function writeAudit(db: Queryable, event: AuditEvent): Promise<void> {
  const { sql, values } = auditInsert(event, 1)
  await db.query(sql, values)
}

/** The same event for many accounts, in one statement. */
export async function writeAuditOfEach(db: Queryable, event: AuditEvent, accountIds: readonly string[]) {
  const { event: name, ...data } = event
  await db.query(
    'INSERT INTO audit (event, account_id, data) SELECT $1::text, id, $2::jsonb FROM unnest($3::uuid[]) AS id',
    [name, JSON.stringify(data), accountIds],
  )
}

interface Row {
  id: string
  at: Date
  event: AuditName
  client_id: string | null
  data: Record<string, unknown>
}

export const createAudit = (db: Queryable): Audit => ({
  append: (event) => writeAudit(db, event),
  async ofAccount(accountId, most, before) {
    const { rows } = await db.query<Row>(
      `SELECT id, at, event, client_id, data FROM audit
       WHERE account_id = $1 AND id < coalesce($3::bigint, 9223372036854775807) ORDER BY id DESC LIMIT $2`,
      [accountId, most, before ?? null],
    )
    return rows.map(toAuditRow)
  },
})

const toAuditRow = ({ client_id, at, ...row }: Row): AuditRow => ({
  ...row,
  at: at.getTime(),
  ...(client_id === null ? {} : { clientId: client_id }),
})
