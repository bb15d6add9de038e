import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import type { Registrations } from '../journey/ports.ts'
import { auditInsert } from './audit.ts'
import type { Seal } from './seal.ts'

interface Row {
  client_id: string
  client: string
}

const hash = (id: string): string => createHash('sha256').update(id).digest('base64url')
const place = (clientId: string): string => `registrations|client|${clientId}`

export function createRegistrations(pool: Pool, seal: Seal): Registrations {
  const opened = ({ client_id: id, client }: Row): object =>
    JSON.parse(seal.open(client, place(id))) as object
  return {
    async find(clientId) {
      const sql = 'SELECT client_id, client FROM registrations WHERE client_id = $1'
      const { rows } = await pool.query<Row>(sql, [clientId])
      return rows[0] && opened(rows[0])
    },

    async add(clientId, client, token, event) {
      const audit = auditInsert(event, 4, 'FROM added')
      const { rowCount } = await pool.query(
        `WITH spent AS (
           UPDATE tokens SET consumed_at = now() WHERE model = 'InitialAccessToken' AND id_hash = $1
             AND consumed_at IS NULL AND expires_at > now() RETURNING 1),
         added AS (INSERT INTO registrations (client_id, client) SELECT $2, $3 FROM spent RETURNING 1)
         ${audit.sql}`,
        [hash(token), clientId, seal.seal(JSON.stringify(client), place(clientId)), ...audit.values],
      )
      return rowCount === 1
    },

    async all() {
      const { rows } = await pool.query<Row>(
        'SELECT client_id, client FROM registrations ORDER BY created_at',
      )
      return rows.map(opened)
    },

    async remove(clientId, event) {
      const audit = auditInsert(event, 2, 'FROM removed')
      const { rowCount } = await pool.query(
        `WITH removed AS (DELETE FROM registrations WHERE client_id = $1 RETURNING 1),
         ended AS (DELETE FROM tokens WHERE client_id = $1 AND EXISTS (SELECT FROM removed)),
         withdrawn AS (DELETE FROM consents WHERE client_id = $1 AND EXISTS (SELECT FROM removed))
         ${audit.sql}`,
        [clientId, ...audit.values],
      )
      return rowCount === 1
    },
  }
}
