import { migrate } from '../../src/store/migrate.ts'
import { createPool } from '../../src/store/postgres.ts'
import { startPostgres, startRedis, type TestServer } from './servers.ts'

declare global {
  var testServers: TestServer[] | undefined
}

/** One PostgreSQL and one Redis for all test files; each file takes a database of its own from the template. */
export default async function setUp(): Promise<void> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
  globalThis.testServers = [postgres, redis]
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
