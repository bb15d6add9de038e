import type { Pool } from 'pg'
import type { Helps } from '../journey/ports.ts'

const HOURS = 24

interface Row {
  at: Date
  flow: string
  step: string
  cause: string
  client_id: string | null
  browser: string
  system: string
}

export const createHelps = (pool: Pool): Helps => ({
  async keep(troubles) {
    const newest = [...new Map(troubles.map((one) => [one.code, one])).values()]
    const rows = newest.map(({ clientId, at, ...one }) => ({
      ...one,
      at: new Date(at).toISOString(),
      client_id: clientId ?? null,
    }))
    await pool.query(
      `INSERT INTO help_codes (code, at, flow, step, cause, client_id, browser, system, expires_at)
       SELECT code, at, flow, step, cause, client_id, browser, system, now() + make_interval(hours => $2)
       FROM jsonb_to_recordset($1) AS one (code text, at timestamptz, flow text, step text, cause text,
                                           client_id text, browser text, system text)
       ON CONFLICT (code) DO UPDATE SET (at, flow, step, cause, client_id, browser, system, expires_at) =
         (EXCLUDED.at, EXCLUDED.flow, EXCLUDED.step, EXCLUDED.cause, EXCLUDED.client_id, EXCLUDED.browser,
          EXCLUDED.system, EXCLUDED.expires_at)`,
      [JSON.stringify(rows), HOURS],
    )
  },

  async find(code) {
    const { rows } = await pool.query<Row>(
      `SELECT at, flow, step, cause, client_id, browser, system FROM help_codes
       WHERE code = $1 AND expires_at > now()`,
      [code],
    )
    const [row] = rows
    if (!row) return undefined
    const { client_id, at, ...rest } = row
    return { ...rest, at: at.getTime(), ...(client_id === null ? {} : { clientId: client_id }) }
  },
})
