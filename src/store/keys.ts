import type { Pool } from 'pg'
import type { Keys, SigningKey } from '../journey/ports.ts'
import { writeAudit } from './audit.ts'
import { transaction } from './postgres.ts'
import type { Seal } from './seal.ts'

interface Row {
  kid: string
  jwk: string
  not_before: Date
}

const place = (kid: string): string => `signing_keys|jwk|${kid}`

const secretPlace = (name: string): string => `secrets|value|${name}`

export function createKeys(pool: Pool, seal: Seal): Keys {
  const read = (row: Row): SigningKey => ({
    kid: row.kid,
    jwk: JSON.parse(seal.open(row.jwk, place(row.kid))),
    notBefore: row.not_before.getTime(),
  })
  const SELECT =
    'SELECT kid, jwk, not_before FROM signing_keys ORDER BY not_before DESC, created_at DESC, kid'
  const stored = async (name: string): Promise<string | undefined> => {
    const { rows } = await pool.query<{ value: string }>('SELECT value FROM secrets WHERE name = $1', [name])
    return rows[0] && seal.open(rows[0].value, secretPlace(name))
  }
  return {
    async secret(name, make) {
      const known = await stored(name)
      if (known !== undefined) return known
      await pool.query('INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
        name,
        seal.seal(make(), secretPlace(name)),
      ])
      // Of several instances that start at once the first has made it.
      const made = await stored(name)
      if (made === undefined) throw new Error(`the secret ${name} was not kept`)
      return made
    },

    async signing(make) {
      const { rows } = await pool.query<Row>(SELECT)
      if (rows.length > 0) return rows.map(read)
      const made = await make()
      return transaction(pool, async (tx) => {
        // Of several instances that start at once the first makes the keys; the others find them here.
        await tx.query('LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE')
        const again = await tx.query<Row>(SELECT)
        if (again.rows.length > 0) return again.rows.map(read)
        for (const { kid, jwk, notBefore } of made) {
          await tx.query('INSERT INTO signing_keys (kid, jwk, not_before) VALUES ($1, $2, $3)', [
            kid,
            seal.seal(JSON.stringify(jwk), place(kid)),
            new Date(notBefore),
          ])
          await writeAudit(tx, { event: 'key.created', kid })
        }
        return (await tx.query<Row>(SELECT)).rows.map(read)
      })
    },
  }
}
