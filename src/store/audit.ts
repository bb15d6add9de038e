import type { AuditEvent } from '../domain/audit-event.ts'
import type { Audit } from '../journey/ports.ts'
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

export const createAudit = (db: Queryable): Audit => ({ append: (event) => writeAudit(db, event) })
