import { openDatabase } from '../../src/store/index.ts'
import { migrate } from '../../src/store/migrate.ts'
import { withStores } from '../support/admin.ts'
import { startPostgres } from '../support/servers.ts'

const ACCOUNT = { username: 'max', emailVerified: false, group: 'citizens', locale: 'de' } as const

test('Of several PostgreSQL servers the one that takes writes is found, after a failover too', async () => {
  const first = await startPostgres()
  const second = await startPostgres([], first.url)
  // The standby stands first, so that it is not by chance that the other is asked.
  const url = `postgres://pforte@${new URL(second.url).host},${new URL(first.url).host}/postgres`
  try {
    const { pool, close } = await openDatabase({ url }, () => {})
    await migrate(pool)
    await close()
    await withStores({ database: { url } }, async ({ stores, ready }) => {
      const add = (username: string) =>
        stores.accounts.create({ ...ACCOUNT, username }, undefined, { event: 'account.created', by: 'cli' })
      await add('before')
      first.kill()
      second.promote()
      const deadline = Date.now() + 20_000
      while (
        Date.now() < deadline &&
        !(await ready().then(
          () => true,
          () => false,
        ))
      );
      await add('after')
      expect(await stores.accounts.byLogin('before')).toBeDefined()
    })
  } finally {
    await Promise.all([first.stop(), second.stop()])
  }
}, 60_000)
