import type { Pool } from 'pg'
import type { Keys, SigningKey } from '../journey/ports.ts'
import { writeAudit } from './audit.ts'
import { type Queryable, transaction } from './postgres.ts'
import { reseal } from './reseal.ts'
import type { Seal } from './seal.ts'

interface Row {
  kid: string
  jwk: string
  not_before: Date
}

const place = (kid: string): string => `signing_keys|jwk|${kid}`
const secretPlace = (name: string): string => `secrets|value|${name}`
/** Names of secrets by which keys of the ring are known: one for each with which something may be sealed. */
const CANARY = 'ring:'

export function createKeys(pool: Pool, seal: Seal): Keys {
  const all = async (db: Queryable): Promise<SigningKey[]> => {
    const { rows } = await db.query<Row>(
      'SELECT kid, jwk, not_before FROM signing_keys ORDER BY not_before, kid',
    )
    return rows.map((row) => {
      const jwk = JSON.parse(seal.open(row.jwk, place(row.kid)))
      return { kid: row.kid, alg: jwk.alg, jwk, notBefore: row.not_before.getTime() }
    })
  }
  const stored = async (name: string): Promise<string | undefined> => {
    const { rows } = await pool.query<{ value: string }>('SELECT value FROM secrets WHERE name = $1', [name])
    return rows[0] && seal.open(rows[0].value, secretPlace(name))
  }
  const secret: Keys['secret'] = async (name, make) => {
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
  }
  return {
    secret,

    async signing(missing, make) {
      const before = await all(pool)
      if (missing(before).length === 0) return before
      return transaction(pool, async (tx) => {
        // Of several instances that find the same key missing the first makes it; the others find it here.
        await tx.query('LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE')
        for (const wanted of missing(await all(tx))) {
          const { kid, jwk, notBefore } = await make(wanted)
          await tx.query('INSERT INTO signing_keys (kid, jwk, not_before) VALUES ($1, $2, $3)', [
            kid,
            seal.seal(JSON.stringify(jwk), place(kid)),
            new Date(notBefore),
          ])
          await writeAudit(tx, { event: 'key.created', kid })
        }
        return all(tx)
      })
    },

    retire: (kid, reason) =>
      transaction(pool, async (tx) => {
        const { rowCount } = await tx.query('DELETE FROM signing_keys WHERE kid = $1', [kid])
        if (rowCount) await writeAudit(tx, { event: 'key.retired', kid, reason })
        return rowCount === 1
      }),

    async fits() {
      const { rows } = await pool.query<{ name: string; value: string }>(
        'SELECT name, value FROM secrets WHERE starts_with(name, $1)',
        [CANARY],
      )
      for (const { name, value } of rows) seal.open(value, secretPlace(name))
      await secret(CANARY + seal.keyId, () => 'sings')
    },

    async reseal() {
      const result = await reseal(pool, seal, (name) => name.startsWith(CANARY))
      if (result.left > 0) return result
      await transaction(pool, async (tx) => {
        await tx.query('DELETE FROM secrets WHERE starts_with(name, $1) AND name <> $2', [
          CANARY,
          CANARY + seal.keyId,
        ])
        await writeAudit(tx, { event: 'secrets.resealed', keyId: seal.keyId, values: result.done })
      })
      return result
    },
  }
}
