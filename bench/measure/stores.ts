import type { Redis } from 'ioredis'
import type { Pool } from 'pg'

/** What the stores were asked. */
export interface Asked {
  /** Commands to Redis, and keys and bytes that it keeps. */
  commands: number
  keys: number
  bytes: number
  /** Statements to PostgreSQL that were transactions of their own, and transactions; rows written. */
  transactions: number
  rows: number
}

/** Counts of one database, from a connection to another one, and one Redis; nobody else may use them meanwhile. */
export async function askedOf(admin: Pool, database: string, redis: Redis): Promise<Asked> {
  // A connection tells what it did at its end, and else when it likes.
  await admin.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1', [
    database,
  ])
  const { rows } = await admin.query<{ transactions: string; rows: string }>(
    `SELECT xact_commit AS transactions, tup_inserted + tup_updated + tup_deleted AS rows
     FROM pg_stat_database WHERE datname = $1`,
    [database],
  )
  const commands = [...(await redis.info('commandstats')).matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)]
    .filter(([, name = '']) => !/^(info|dbsize|config)/.test(name))
    .reduce((sum, [, , calls]) => sum + Number(calls), 0)
  const [, bytes] = /^used_memory:(\d+)/m.exec(await redis.info('memory')) ?? []
  return {
    commands,
    keys: await redis.dbsize(),
    bytes: Number(bytes),
    transactions: Number(rows[0]?.transactions),
    rows: Number(rows[0]?.rows),
  }
}

/** By operation. */
export function difference(before: Asked, after: Asked, operations: number): Asked {
  const per = (name: keyof Asked): number => (after[name] - before[name]) / operations
  return {
    commands: per('commands'),
    keys: per('keys'),
    bytes: per('bytes'),
    transactions: per('transactions'),
    rows: per('rows'),
  }
}
