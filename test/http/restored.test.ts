import { execFileSync } from 'node:child_process'
import { environmentOf } from '../support/admin.ts'
import { postgres, postgresAndRedis } from '../support/backends.ts'
import { testConfig } from '../support/config.ts'
import { attach, type Faulty } from '../support/faulty.ts'
import { enrolTotp, logIn } from '../support/login.ts'
import { pforte } from '../support/process.ts'
import { standingClock } from '../support/provider.ts'

const keyRing = [{ id: 'test', key: Buffer.alloc(32, 9) }]

describe('A backup from before the newest writes', () => {
  let before: Faulty
  let after: Faulty
  afterAll(async () => {
    await before?.close()
    await after?.close()
  })

  test('brings back what was revoked and exchanged since, until everybody is signed out by one command', async () => {
    const [old, empty, fresh] = [
      await postgresAndRedis.open(),
      await postgres.empty(),
      await postgresAndRedis.open(),
    ]
    const urlOf = ({ database }: typeof old) => ('url' in database ? database.url : '')
    const options = { keyRing, clock: standingClock() }
    before = await attach({ database: urlOf(old), redis: old.redisUrl ?? '' }, options)
    const offline = { scope: 'openid offline_access', prompt: 'consent' }
    const signedIn = async () => {
      const who = await before.provider.addAccount()
      const { key } = await enrolTotp(before.provider, before.portal, who)
      const { tokens } = await logIn(before.provider, before.portal, { ...who, key }, offline)
      return { ...who, key, token: tokens.refresh_token ?? '' }
    }
    const [revoked, exchanged, untouched] = [await signedIn(), await signedIn(), await signedIn()]
    const dump = execFileSync('pg_dump', ['--no-owner', urlOf(old)])
    await before.portal.revoke(revoked.token)
    expect((await before.refresh(revoked.token)).status).toBe(400)
    const { refresh_token: next = '' } = await before.portal.refresh(exchanged.token)

    execFileSync('psql', ['-q', '-v', 'ON_ERROR_STOP=1', urlOf(empty)], { input: dump, stdio: 'pipe' })
    after = await attach({ database: urlOf(empty), redis: fresh.redisUrl ?? '' }, options)
    // Without the command the past is back.
    expect((await after.refresh(revoked.token)).status).toBe(200)

    const env = { ...testConfig().env, ...environmentOf({ ...empty, redisUrl: fresh.redisUrl ?? '' }) }
    expect((await pforte(['sessions', 'end'], env)).code).toBe(64)
    const { code, stdout, stderr } = await pforte(['sessions', 'end', '--yes'], env)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Ended all sessions \(\d+\), refresh tokens and mailed codes\.\nEmpty Redis too/)
    for (const token of [revoked.token, exchanged.token, next, untouched.token])
      expect((await after.refresh(token)).status).toBe(400)
    const { rows } = await after.sql.query(`SELECT event FROM audit ORDER BY id DESC LIMIT 1`)
    expect(rows).toEqual([{ event: 'session.all_ended' }])
    const again = await logIn(after.provider, after.portal, untouched)
    expect(again.tokens.claims()?.sub).toBe(untouched.id)
  })
})
