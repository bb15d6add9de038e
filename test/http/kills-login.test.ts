import { Authenticator } from '../support/authenticator.ts'
import { loginOf } from '../support/go-on.ts'
import { type Killable, startKillable } from '../support/killable.ts'
import { codeAt, enter, type Portal, typeCode } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { CLIENT } from '../support/provider.ts'
import { usePasskey } from '../support/whole-journey.ts'

/** SIGKILL after each store call in turn of what a person does: the call is done, and nobody ever hears of it. */
describe('The process killed', () => {
  let world: Killable
  beforeAll(async () => {
    world = await startKillable()
  })
  afterAll(() => world?.close())

  const count = async (sql: string, accountId: string): Promise<number> =>
    (await world.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${sql}`, [accountId])).rows[0]
      ?.n ?? 0

  /** How many of a factor an account has; the audit has told of these and of no other. */
  async function held(accountId: string, factor: string): Promise<number> {
    const there = (await world.stores.credentials.ofAccount(accountId)).filter((c) => c.factor === factor)
    const { rows } = await world.pool.query<{ id: string }>(
      `SELECT data->>'credentialId' AS id FROM audit
       WHERE account_id = $1 AND event = 'factor.enrolled' AND data->>'factor' = $2 ORDER BY audit.id`,
      [accountId, factor],
    )
    expect(rows.map(({ id }) => id)).toEqual(there.map(({ id }) => id))
    return there.length
  }

  test.each([
    ['an app', 'totp', 'name="code"'],
    ['a passkey', 'webauthn', 'data-passkey="create"'],
  ])(
    'in the set-up of %s leaves it wholly there or wholly absent, and its person goes on at once',
    async (_, factor, mark) => {
      await world.everywhere(async (dying) => {
        const who = await world.person({ hasApp: false })
        const at = await loginOf(world.portal, world.issuer, who)
        await at.until('data-passkey="create"')
        if (factor === 'totp') await at.person.submit('/skip')
        expect(at.person.html).toContain(mark)
        const killed = await dying(at.answer)
        const state = () => held(who.id, factor)
        expect([0, 1]).toContain(await state())
        if (killed) await at.person.again()
        expect((await at.finish()).claims()?.sub).toBe(who.id)
        expect(await state()).toBe(1)
      })
    },
  )

  test('in the set-up of the tenth passkey leaves nine or ten, and never more', async () => {
    await world.everywhere(async (dying) => {
      const who = await world.person()
      await world.addKeys(who.id, 9)
      const person = await new Person().open(`${world.issuer}/account`)
      await enter(person, who)
      if (person.html.includes('data-passkey="get"')) {
        await person.open(`${person.url.replace(/\/[a-z]*$/, '')}/other`)
        await person.submit('/choose', { factor: 'totp' })
      }
      await typeCode(person, codeAt(who.secret, Date.now()))
      await person.submit('/account/add', { factor: 'webauthn' })
      const passkey = new Authenticator({ origin: world.issuer })
      const killed = await dying(() => usePasskey(person, passkey))
      expect([9, 10]).toContain(await held(who.id, 'webauthn'))
      if (killed) await person.again()
      if (person.html.includes('data-passkey="create"')) await usePasskey(person, passkey)
      expect(await held(who.id, 'webauthn')).toBe(10)
      await person.open(`${world.issuer}/account`)
      expect(person.html).toContain('Handy')
    })
  })

  const steps: [string, () => Portal, boolean, string][] = [
    ['with the password', () => world.portal, true, 'name="identifier"'],
    ['with the code', () => world.portal, true, 'name="code"'],
    ['on the way on after a set-up', () => world.portal, false, '/continue"'],
    ['with the agreement', () => world.verein, true, '/agree"'],
  ]
  test.each(steps)(
    'in a login %s: it goes on, or begins anew at the application',
    async (_, portal, hasApp, mark) => {
      await world.everywhere(async (dying) => {
        const who = await world.person({ hasApp })
        const at = await loginOf(portal(), world.issuer, who)
        await at.until(mark)
        const before = await world.eventsOf(who.id)
        const killed = await dying(at.answer)
        if (killed) await at.person.again()
        const tokens = await at.finish()
        expect(tokens.claims()?.sub).toBe(who.id)
        const events = await world.eventsOf(who.id)
        // What was told before stays, and whoever was let in is on record, for each time at most.
        expect(events.slice(0, before.length)).toEqual(before)
        const completed = events.filter((event) => event === 'login.completed').length
        expect(completed).toBeGreaterThanOrEqual(1)
        expect(completed).toBeLessThanOrEqual(2)
        expect(await count("tokens WHERE model = 'RefreshToken' AND account_id = $1", who.id)).toBe(1)
      })
    },
  )

  test('in a logout: the session is gone with all that came of it, at the latest when that is asked for again', async () => {
    await world.everywhere(async (dying) => {
      const who = await world.person()
      const at = await loginOf(world.portal, world.issuer, who)
      const tokens = await at.finish()
      const { person } = at
      await person.open(world.portal.logoutUrl(tokens.id_token ?? ''))
      const killed = await dying(() => person.submit('/logout/confirm', { logout: 'yes' }))
      if (killed) await person.again()
      if (!person.url.startsWith(CLIENT.postLogoutRedirectUris[0] ?? ''))
        expect(person.text()).toContain('Sie sind abgemeldet')
      const told = (await world.eventsOf(who.id)).filter((event) => event === 'session.ended')
      // An end that was asked for again is told again.
      expect([1, killed ? 2 : 1]).toContain(told.length)
      expect(await count('sessions WHERE ended_at IS NULL AND account_id = $1', who.id)).toBe(0)
      expect(await count('tokens WHERE account_id = $1', who.id)).toBe(0)
      const silent = await world.portal.start({ prompt: 'none' })
      await person.open(silent.url)
      expect(person.answer.searchParams.get('error')).toBe('login_required')
    })
  })
})
