import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../src/store/index.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createPool } from '../../src/store/postgres.ts'
import { startPostgres, startRedis, type TestServer } from './servers.ts'

declare global {
  var testServers: TestServer[] | undefined
}

/** A migrated embedded database, to be copied; the folder around it goes with the run. */
async function makeEmbedded(): Promise<TestServer> {
  const root = mkdtempSync(join(tmpdir(), 'pforte-test-'))
  const folder = join(root, 'made')
  const { pool, close } = await openDatabase({ folder }, () => {})
  await migrate(pool)
  await close()
  return { url: folder, stop: async () => rmSync(root, { recursive: true, force: true }) }
}

/** One PostgreSQL and one Redis for all test files; each file takes a database of its own from the template. */
export default async function setUp(): Promise<void> {
  const [postgres, redis, made] = await Promise.all([startPostgres(), startRedis(), makeEmbedded()])
  globalThis.testServers = [postgres, redis, made]
  process.env.TEST_EMBEDDED = made.url
  process.env.TEST_POSTGRES = postgres.url
  process.env.TEST_REDIS = redis.url
  const admin = createPool({ connectionString: postgres.url }, () => {})
  await admin.query('CREATE DATABASE template_pforte')
  await admin.end()
  const template = createPool(
    { connectionString: postgres.url.replace(/\/postgres$/, '/template_pforte') },
    () => {},
  )
  await migrate(template)
  await template.end()
}
