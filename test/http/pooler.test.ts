import { environmentOf } from '../support/admin.ts'
import { postgres } from '../support/backends.ts'
import { startBalanced } from '../support/balanced.ts'
import { testConfig } from '../support/config.ts'
import { enrolTotp, logIn } from '../support/login.ts'
import { startPooler } from '../support/pooler.ts'
import { pforte } from '../support/process.ts'
import { testClock } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'
import type { TestServer } from '../support/servers.ts'

describe('Behind a pooler that lends a connection for one transaction', () => {
  let pooler: TestServer
  beforeAll(async () => {
    const { database } = await postgres.open()
    pooler = await startPooler('url' in database ? database.url : '')
  })
  afterAll(() => pooler?.stop())

  test('people set up a factor, sign in and stay signed in, on two instances in turn', async () => {
    const { instances, issuer, close } = await startBalanced({
      database: { url: pooler.url },
      clock: testClock(),
    })
    try {
      const [one] = instances
      const portal = await relyingParty(issuer)
      for (let n = 0; n < 2; n++) {
        const who = await one.addAccount()
        const { key } = await enrolTotp(one, portal, who)
        const { tokens } = await logIn(one, portal, { ...who, key })
        expect((await portal.refresh(tokens.refresh_token ?? '')).access_token).toEqual(expect.any(String))
      }
    } finally {
      await close()
    }
  })

  test('the schema is checked, and a migration is sent to the server itself', async () => {
    const env = { ...testConfig().env, ...environmentOf({ database: { url: pooler.url } }) }
    expect(await pforte(['migrate', '--check'], env)).toMatchObject({ code: 0, stderr: '' })
    const { code, stderr } = await pforte(['migrate'], env)
    expect({ code, stderr }).toEqual({
      code: 64,
      stderr:
        'Migrations hold a lock for a whole session: set DATABASE_URL to the server itself, not to its pooler.\n',
    })
  })

  test('which it must know of: the pooler refuses what others are asked for', async () => {
    const url = pooler.url.replace('?pgbouncer=true', '')
    const env = { ...testConfig().env, ...environmentOf({ database: { url } }) }
    const { code, stderr } = await pforte(['migrate', '--check'], env)
    expect(code).not.toBe(0)
    expect(stderr).toContain('Add ?pgbouncer=true to DATABASE_URL')
  })
})
