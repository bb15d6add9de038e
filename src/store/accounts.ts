import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { type Account, loginName } from '../domain/account.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { Accounts, NewAccount } from '../journey/ports.ts'
import { auditInsert, writeAudit } from './audit.ts'
import { type CredentialRow, insertCredential, toCredential } from './credentials.ts'
import { isTaken, type Queryable, transaction } from './postgres.ts'
import type { Seal } from './seal.ts'
import { endOtherSessions } from './sessions.ts'

interface Row {
  id: string
  username: string
  email: string | null
  email_verified: boolean
  given_name: string | null
  family_name: string | null
  customer_number: string | null
  claimed_number: string | null
  group: string
  locale: string
  locked_at: Date | null
  created_at: Date
}

const COLUMNS = `id, username, email, email_verified, given_name, family_name, customer_number, claimed_number, "group", locale,
  locked_at, created_at`

const OF_LOGIN = 'id = (SELECT account_id FROM login_names WHERE name = $1)'

export function createAccounts(pool: Pool, seal: Seal): Accounts {
  return {
    async byId(id) {
      const { rows } = await pool.query<Row>(`SELECT ${COLUMNS} FROM accounts WHERE id = $1`, [id])
      return rows[0] && toAccount(rows[0])
    },

    async byLogin(name) {
      const { rows } = await pool.query<Row>(`SELECT ${COLUMNS} FROM accounts WHERE ${OF_LOGIN}`, [name])
      return rows[0] && toAccount(rows[0])
    },

    async withCredentials(of) {
      const [where, name] = 'id' in of ? ['id = $1', of.id] : [OF_LOGIN, of.login]
      const { rows } = await pool.query<Row & { credentials: CredentialRow[] }>(
        `SELECT ${COLUMNS}, (SELECT COALESCE(json_agg(c ORDER BY c.created_at, c.id), '[]')
           FROM credentials c WHERE c.account_id = accounts.id) AS credentials
         FROM accounts WHERE ${where}`,
        [name],
      )
      const [row] = rows
      return (
        row && { account: toAccount(row), credentials: row.credentials.map((one) => toCredential(one, seal)) }
      )
    },

    async byCustomerNumber(number) {
      const { rows } = await pool.query<Row>(`SELECT ${COLUMNS} FROM accounts WHERE customer_number = $1`, [
        number,
      ])
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

    async createWith(account, { id, factor, enrolled }, events) {
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

    async confirmNumber(id, event) {
      const audit = auditInsert(event, 2, 'FROM changed')
      try {
        const { rowCount } = await pool.query(
          `WITH changed AS (
             UPDATE accounts SET customer_number = claimed_number, claimed_number = NULL, updated_at = now()
             WHERE id = $1 AND claimed_number IS NOT NULL AND customer_number IS NULL RETURNING 1)
           ${audit.sql}`,
          [id, ...audit.values],
        )
        return rowCount === 1
      } catch (error) {
        if (isTaken(error)) return false
        throw error
      }
    },

    async setLocale(id, locale, event) {
      const audit = auditInsert(event, 3, 'FROM changed')
      await pool.query(
        `WITH changed AS (UPDATE accounts SET locale = $2, updated_at = now() WHERE id = $1 RETURNING 1)
         ${audit.sql}`,
        [id, locale, ...audit.values],
      )
    },

    setLocked: (id, locked, at, event) =>
      transaction(pool, async (tx) => {
        if (locked) return lockAccount(tx, id, at, event)
        const { rowCount } = await tx.query(
          'UPDATE accounts SET locked_at = NULL, updated_at = now() WHERE id = $1 AND locked_at IS NOT NULL',
          [id],
        )
        if (rowCount === 1) await writeAudit(tx, { ...event, accountId: id })
        return rowCount === 1
      }),

    setEmail: async (id, email, event) => {
      try {
        return await transaction(pool, async (tx) => {
          const { rows } = await tx.query<Row>(`SELECT ${COLUMNS} FROM accounts WHERE id = $1 FOR UPDATE`, [
            id,
          ])
          const [before] = rows
          if (!before) return 'unknown'
          const { username, locale } = before
          await tx.query(
            'UPDATE accounts SET email = $2, email_verified = true, updated_at = now() WHERE id = $1',
            [id, email],
          )
          await tx.query('DELETE FROM login_names WHERE account_id = $1', [id])
          await insertLoginNames(tx, id, { username, email })
          // The database tells the new address; the old one may be the only one its owner still reads.
          if (before.email !== null)
            await tx.query(
              'INSERT INTO outbox (account_id, event, data, address, locale) VALUES ($1, $2, $3, $4, $5)',
              [id, event.event, {}, before.email, locale],
            )
          await writeAudit(tx, event)
          return 'changed'
        })
      } catch (error) {
        if (isTaken(error)) return 'taken'
        throw error
      }
    },
  }
}

/** Rolls a transaction back: another account has the credential. */
class Known extends Error {}

async function insertAccount(tx: Queryable, id: string, a: NewAccount): Promise<void> {
  await tx.query(
    `INSERT INTO accounts (id, username, email, email_verified, given_name, family_name, customer_number, "group", locale, claimed_number)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
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
      a.claimedNumber ?? null,
    ],
  )
  await insertLoginNames(tx, id, a)
}

async function insertLoginNames(tx: Queryable, id: string, a: Pick<Account, 'username' | 'email'>) {
  await tx.query('INSERT INTO login_names (name, account_id) SELECT unnest($1::text[]), $2', [
    loginNames(a),
    id,
  ])
}

/** Within the transaction of what calls for it. False: it was locked already. */
export async function lockAccount(
  tx: Queryable,
  id: string,
  at: number,
  event: AuditEvent,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    'UPDATE accounts SET locked_at = now(), updated_at = now() WHERE id = $1 AND locked_at IS NULL',
    [id],
  )
  if (rowCount === 0) return false
  await endOtherSessions(tx, id, { keep: undefined, at })
  await writeAudit(tx, { ...event, accountId: id })
  return true
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
    ...(row.claimed_number === null ? {} : { claimedNumber: row.claimed_number }),
  }
}
