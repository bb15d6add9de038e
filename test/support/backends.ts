import { randomUUID } from 'node:crypto'
import { cpSync, mkdtempSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Settings } from '../../src/settings/types.ts'
import { createPool } from '../../src/store/postgres.ts'

export type Backend = Pick<Settings, 'database' | 'redisUrl'>

/** A fresh, migrated embedded database: a copy of the run's, which takes a tenth of the time that making one does. */
export const embedded = {
  name: 'the embedded database',
  async open() {
    const made = process.env.TEST_EMBEDDED ?? ''
    const folder = join(mkdtempSync(join(dirname(made), 'copy-')), 'db')
    cpSync(made, folder, { recursive: true })
    return { database: { folder } }
  },
  /** One that nobody has made yet. */
  empty: async () => ({
    database: { folder: join(mkdtempSync(join(dirname(process.env.TEST_EMBEDDED ?? ''), 'empty-')), 'db') },
  }),
}

/** A fresh, migrated database on the run's PostgreSQL. */
export const postgres = {
  name: 'PostgreSQL',
  open: (): Promise<Backend> => createDatabase('template_pforte'),
  /** One that nobody has migrated. */
  empty: (): Promise<Backend> => createDatabase('template1'),
}

async function createDatabase(template: string): Promise<Backend> {
  const server = process.env.TEST_POSTGRES ?? ''
  const name = `t_${randomUUID().replaceAll('-', '')}`
  const admin = createPool({ connectionString: server, max: 1 }, () => {})
  // Copies of one template wait for each other; the server allows one at a time.
  for (let tries = 0; ; tries++) {
    try {
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`)
      break
    } catch (error) {
      if (tries === 50) throw error
    }
  }
  await admin.end()
  return { database: { url: server.replace(/\/postgres$/, `/${name}`) } }
}

let next = (process.pid * 7) % 256

/** The same, with a logical database of the run's Redis for what is short-lived. */
export const postgresAndRedis = {
  name: 'PostgreSQL and Redis',
  open: async (): Promise<Backend> => {
    next = (next + 1) % 256
    return { ...(await postgres.open()), redisUrl: `${process.env.TEST_REDIS}/${next}` }
  },
}

export const backends = [embedded, postgres, postgresAndRedis]
