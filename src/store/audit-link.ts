import { createHmac } from 'node:crypto'

/** An audit row as the database writes it. Times are UTC, to the microsecond. */
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

/** The columns that are bound, in one form for ever: changing it breaks every chain there is. */
export const COLUMNS = `a.id, to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, a.event,
  a.account_id, a.client_id, a.request_id, a.data::text AS data`

/** What comes before the first link. */
export const START = Buffer.alloc(32)

/** How many rows or links go over the wire at once. */
export const BATCH = 1_000
/** How many the database looks through in one statement: a fraction of a second, in the middle of other work. */
export const RANGE = 100_000

export type Linker = (before: Buffer, row: AuditRow) => Buffer

export const linker =
  (key: string): Linker =>
  (before, { id, at, event, account_id, client_id, request_id, data }) =>
    createHmac('sha256', key)
      .update(before)
      .update(JSON.stringify([id, at, event, account_id, client_id, request_id, data]))
      .digest()
