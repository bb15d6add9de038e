import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { type Account, loginName } from '../domain/account.ts'
import type { Accounts, NewAccount } from '../journey/ports.ts'
import { writeAudit } from './audit.ts'
import { insertCredential } from './credentials.ts'
import { isTaken, type Queryable, transaction } from './postgres.ts'
import type { Seal } from './seal.ts'

interface Row {
  id: string
  username: string
  email: string | null
  email_verified: boolean
  given_name: string | null
  family_name: string | null
  customer_number: string | null
  group: string
  locale: string
  locked_at: Date | null
  created_at: Date
}

export function createAccounts(pool: Pool, seal: Seal): Accounts {
  return {
    async byId(id) {
      const { rows } = await pool.query<Row>('SELECT * FROM accounts WHERE id = $1', [id])
      return rows[0] && toAccount(rows[0])
    },

    async byLogin(name) {
      const { rows } = await pool.query<Row>(
        'SELECT a.* FROM login_names n JOIN accounts a ON a.id = n.account_id WHERE n.name = $1',
        [name],
      )
      return rows[0] && toAccount(rows[0])
    },

    async create(account, password, event) {
      const id = account.id ?? randomUUID()
      try {
        await transaction(pool, async (tx) => {
          await insertAccount(tx, id, account)
          if (password && !(await insertCredential(tx, seal, randomUUID(), id, 'password', password)))
            throw new Error('the credential of a new account is known already')
          await writeAudit(tx, { ...event, accountId: id })
        })
        return id
      } catch (error) {
        if (isTaken(error)) return 'taken'
        throw error
      }
    },

    async found(account, { id, factor, enrolled }, events) {
      try {
        return await transaction(pool, async (tx) => {
          await insertAccount(tx, account.id, account)
          if (!(await insertCredential(tx, seal, id, account.id, factor, enrolled))) throw new Known()
          for (const event of events) await writeAudit(tx, event)
          return true
        })
      } catch (error) {
        if (isTaken(error) || error instanceof Known) return false
        throw error
      }
    },

    setLocked: (id, locked, event) =>
      transaction(pool, async (tx) => {
        const { rowCount } = await tx.query(
          `UPDATE accounts SET locked_at = CASE WHEN $2 THEN now() END, updated_at = now()
           WHERE id = $1 AND (locked_at IS NOT NULL) <> $2`,
          [id, locked],
        )
        if (rowCount === 0) return false
        if (locked) await tx.query('DELETE FROM tokens WHERE account_id = $1', [id])
        await writeAudit(tx, { ...event, accountId: id })
        return true
      }),
  }
}

/** Rolls a transaction back: another account has the credential. */
class Known extends Error {}

async function insertAccount(tx: Queryable, id: string, a: NewAccount): Promise<void> {
  await tx.query(
    `INSERT INTO accounts (id, username, email, email_verified, given_name, family_name, customer_number, "group", locale)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      id,
      a.username,
      a.email ?? null,
      a.emailVerified,
      a.givenName ?? null,
      a.familyName ?? null,
      a.customerNumber ?? null,
      a.group,
      a.locale,
    ],
  )
  await tx.query('INSERT INTO login_names (name, account_id) SELECT unnest($1::text[]), $2', [
    loginNames(a),
    id,
  ])
}

/** The names an account signs in by; an e-mail address as user name is one name. */
export const loginNames = (a: Pick<Account, 'username' | 'email'>): string[] => [
  ...new Set([a.username, a.email].filter((name) => name !== undefined).map(loginName)),
]

function toAccount(row: Row): Account {
  return {
    id: row.id,
    username: row.username,
    emailVerified: row.email_verified,
    group: row.group,
    locale: row.locale,
    locked: row.locked_at !== null,
    createdAt: row.created_at.getTime(),
    ...(row.email === null ? {} : { email: row.email }),
    ...(row.given_name === null ? {} : { givenName: row.given_name }),
    ...(row.family_name === null ? {} : { familyName: row.family_name }),
    ...(row.customer_number === null ? {} : { customerNumber: row.customer_number }),
  }
}
