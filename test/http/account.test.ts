import { atAccount, links, signInWithCode } from '../support/account-person.ts'
import { postgresAndRedis } from '../support/backends.ts'
import { arrive, codeAt, enter, keyOn, type Portal, typeCode } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const SIX_MINUTES = 6 * 60_000

describe('The pages of one’s own account', () => {
  let provider: TestProvider
  let portal: Portal

  beforeAll(async () => {
    provider = await startProvider(await postgresAndRedis.open())
    portal = await relyingParty(provider.issuer)
  })
  afterAll(() => provider?.close())

  const factors = async (id: string) =>
    (await provider.app.stores.credentials.ofAccount(id)).map((c) => c.factor).sort()

  test('are reached through the same login, list what the account has, and lead back after a new sign-in', async () => {
    const { who, person, key } = await atAccount(provider)
    expect(person.url).toBe(`${provider.issuer}/account`)
    expect(person.text()).toContain('Passkey (0 von 10)')
    expect(person.text()).toMatch(/Code aus einer App \(TOTP\) Erstellt: /)

    const elsewhere = await new Person().open(`${provider.issuer}/account/sessions`)
    await signInWithCode(provider, elsewhere, who, key)
    expect(elsewhere.url).toBe(`${provider.issuer}/account/sessions`)
    expect(elsewhere.html.match(/class="card"/g)).toHaveLength(2)
  })

  test('are closed to a session that the policy no longer lets through', async () => {
    const { person } = await atAccount(provider)
    provider.clock.advance(13 * 3600_000)
    await person.open(`${provider.issuer}/account`)
    expect(person.url).toContain('/interaction/')
    expect(person.html).toContain('name="password"')
  })

  describe('removal', () => {
    test('asks for a fresh proof of the most the account can prove, then replaces TOTP only by a new one that works', async () => {
      const { who, person, key } = await atAccount(provider)
      const [old] = await provider.app.stores.credentials
        .ofAccount(who.id)
        .then((all) => all.filter((c) => c.factor === 'totp'))
      provider.clock.advance(SIX_MINUTES)
      await person.submit('/account/add', { factor: 'totp' })
      await enter(person, who)
      await typeCode(person, codeAt(key, provider.clock.now()))
      const fresh = keyOn(person)
      expect(fresh).not.toBe(key)
      const meanwhile = await provider.app.stores.credentials.ofAccount(who.id)
      expect(meanwhile.map((c) => c.id)).toContain(old?.id)
      await typeCode(person, codeAt(fresh, provider.clock.now()))
      await person.submit('/continue')
      expect(person.url).toBe(`${provider.issuer}/account`)
      const now = (await provider.app.stores.credentials.ofAccount(who.id)).filter((c) => c.factor === 'totp')
      expect(now).toHaveLength(1)
      expect(now[0]?.id).not.toBe(old?.id)
    })

    test('of the only second factor is refused: the account would be without', async () => {
      const { who, person } = await atAccount(provider)
      await person.open(links(person, '/remove')[0] ?? '')
      expect(person.text()).toContain('wirklich löschen?')
      await person.submit('/remove')
      expect(person.status).toBe(422)
      expect(person.text()).toContain('Richten Sie zuerst einen anderen Weg ein.')
      expect(await factors(who.id)).toEqual(['password', 'totp'])
    })

    test('is not done without a fresh proof, not even by a form that was opened in time', async () => {
      const { who, person } = await atAccount(provider)
      await person.open(links(person, '/remove')[0] ?? '')
      const { target, body } = person.form('/remove')
      provider.clock.advance(SIX_MINUTES)
      const response = await person.send(target, {
        method: 'POST',
        body,
        headers: { origin: provider.issuer },
      })
      expect(response.status).toBe(303)
      expect(response.headers.get('location')).toContain('pforte_confirm=yes')
      await person.open(`${provider.issuer}/account`)
      expect(person.url).toBe(`${provider.issuer}/account`)
      await person.open(target.href)
      expect(person.url).toContain('/interaction/')
      expect(await factors(who.id)).toEqual(['password', 'totp'])
    })

    test('and renaming of another account’s credential by its id finds nothing', async () => {
      const other = await atAccount(provider)
      const [foreign = ''] = links(other.person, '/remove')
      const { person } = await atAccount(provider)
      const { target, body } = await person
        .open(links(person, '/remove')[0] ?? '')
        .then(() => person.form('/remove'))
      await person.open(foreign)
      expect(person.status).toBe(404)
      for (const action of ['remove', 'rename']) {
        const there = new URL(foreign.replace('/remove', `/${action}`), target)
        body.set('name', 'Fremd')
        const response = await person.send(there, {
          method: 'POST',
          body,
          headers: { origin: provider.issuer },
        })
        expect([action, response.status]).toEqual([action, 404])
      }
      expect(await factors(other.who.id)).toEqual(['password', 'totp'])
    })
  })

  describe('a new password', () => {
    test('needs a fresh proof, is judged, and takes the old one’s place everywhere', async () => {
      const { who, person, key } = await atAccount(provider)
      const elsewhere = await new Person().open(`${provider.issuer}/account`)
      await signInWithCode(provider, elsewhere, who, key)
      provider.clock.advance(SIX_MINUTES)
      await person.submit('/account/add', { factor: 'password' })
      expect(person.html).toContain('autocomplete="current-password"')
      await enter(person, who)
      await typeCode(person, codeAt(key, provider.clock.now()))
      expect(person.html).toContain('autocomplete="new-password"')
      for (const [password, complaint] of [
        ['kurz', 'Das Passwort ist zu kurz.'],
        [`${who.username}-jobcenter`, 'ist leicht zu erraten'],
        ['aaaaaaaaaa', 'Bitte nehmen Sie verschiedene Zeichen.'],
      ] as const) {
        await person.submit('/answer', { password })
        expect([password, person.status]).toEqual([password, 422])
        expect(person.text()).toContain(complaint)
        expect(person.html).not.toContain(`value="${password}"`)
      }
      await person.submit('/answer', { password: 'vier neue Wörter im Wald' })
      expect(person.text()).toContain('Passwort geändert')
      await person.submit('/continue')
      expect(person.url).toBe(`${provider.issuer}/account`)

      await elsewhere.open(`${provider.issuer}/account`)
      expect(elsewhere.url).toContain('/interaction/')
      const later = await new Person().open(`${provider.issuer}/account`)
      await enter(later, who)
      expect(later.status).toBe(422)
      await signInWithCode(provider, later, { ...who, password: 'vier neue Wörter im Wald' }, key)
      expect(later.url).toBe(`${provider.issuer}/account`)
      expect(await factors(who.id)).toEqual(['password', 'totp'])
    })

    test('cannot be given up, nor set up in a login that does not ask for it', async () => {
      const { who, person } = await atAccount(provider)
      const all = await provider.app.stores.credentials.ofAccount(who.id)
      const password = all.find((c) => c.factor === 'password')?.id ?? ''
      await person.open(`${provider.issuer}/account/credentials/${password}/remove`)
      expect(person.status).toBe(404)
    })
  })

  test('set nothing up in a stolen session without a fresh proof', async () => {
    const { who, person } = await atAccount(provider)
    provider.clock.advance(SIX_MINUTES)
    await person.submit('/account/add', { factor: 'webauthn' })
    expect(person.text()).not.toContain('Passkey einrichten')
    expect(person.html).toMatch(/name="(password|code)"/)
    expect(await factors(who.id)).toEqual(['password', 'totp'])
  })

  test('alone may ask for a set-up: the parameter of any other application is passed over', async () => {
    const { person } = await atAccount(provider)
    const request = await portal.start({ pforte_wanted: 'webauthn', pforte_confirm: 'yes' })
    await person.open(request.url)
    expect(person.answer.searchParams.get('code')).not.toBeNull()
  })

  test.each(['add', 'sessions/end', 'sessions/end-others', 'credentials/x/rename', 'credentials/x/remove'])(
    'refuse a POST to %s without its token, with another’s, and from another site',
    async (action) => {
      const { person } = await atAccount(provider)
      const other = await atAccount(provider)
      const [own, foreign] = [person, other.person].map((p) => p.form('/account/add').body.get('_csrf') ?? '')
      const post = async (token: string, headers: Record<string, string>) => {
        const body = new URLSearchParams({ _csrf: token, factor: 'totp', session: 'x' })
        return (await person.send(`/account/${action}`, { method: 'POST', body, headers })).status
      }
      const here = { origin: provider.issuer, 'sec-fetch-site': 'same-origin' }
      expect(await post('', here)).toBe(403)
      expect(await post(foreign ?? '', here)).toBe(403)
      expect(await post(own ?? '', { origin: 'https://evil.example' })).toBe(403)
      expect(await post(own ?? '', { 'sec-fetch-site': 'cross-site' })).toBe(403)
      expect(await post(own ?? '', here)).not.toBe(403)
    },
  )

  describe('sessions', () => {
    /** The same account at the portal in another browser, with a refresh token. */
    async function atPortal(who: { username: string; password: string }, key: string) {
      const { person, request } = await arrive(portal, { scope: 'openid offline_access', prompt: 'consent' })
      await signInWithCode(provider, person, who, key)
      const tokens = await portal.finish(person.answer, request)
      return {
        person,
        refresh: tokens.refresh_token ?? '',
        access: tokens.access_token,
        sub: tokens.claims()?.sub ?? '',
      }
    }
    const isSignedIn = async (person: Person): Promise<boolean> => {
      await person.open((await portal.start({ prompt: 'none' })).url)
      return person.answer.searchParams.has('code')
    }

    test('end one by one: session, refresh and access token are dead at once, the others go on', async () => {
      const { who, person, key } = await atAccount(provider)
      const [one, two] = [await atPortal(who, key), await atPortal(who, key)]
      await person.open(`${provider.issuer}/account/sessions`)
      expect(person.html.match(/class="card"/g)).toHaveLength(3)
      // The last used stands first, after the one at hand.
      await person.submit('/sessions/end')
      expect(person.html.match(/class="card"/g)).toHaveLength(2)
      await expect(portal.refresh(two.refresh)).rejects.toMatchObject({ error: 'invalid_grant' })
      await expect(portal.userinfo(two.access, two.sub)).rejects.toThrow()
      expect([await isSignedIn(two.person), await isSignedIn(one.person)]).toEqual([false, true])
      expect((await portal.refresh(one.refresh)).access_token).toBeTruthy()
    })

    test('all end but the one at hand, also when a credential is replaced', async () => {
      const { who, person, key } = await atAccount(provider)
      const other = await atPortal(who, key)
      await person.open(`${provider.issuer}/account/sessions`)
      await person.submit('/sessions/end-others')
      expect(await isSignedIn(other.person)).toBe(false)
      await expect(portal.refresh(other.refresh)).rejects.toMatchObject({ error: 'invalid_grant' })

      const third = await atPortal(who, key)
      expect(await isSignedIn(third.person)).toBe(true)
      await person.open(`${provider.issuer}/account`)
      await person.submit('/account/add', { factor: 'totp' })
      await typeCode(person, codeAt(keyOn(person), provider.clock.now()))
      expect(await isSignedIn(third.person)).toBe(false)
      await expect(portal.refresh(third.refresh)).rejects.toMatchObject({ error: 'invalid_grant' })
      await person.submit('/continue')
      expect(person.url).toBe(`${provider.issuer}/account`)
    })

    test('of another account cannot be ended', async () => {
      const victim = await atAccount(provider)
      await victim.person.open(`${provider.issuer}/account/sessions`)
      const twin = await new Person().open(`${provider.issuer}/account/sessions`)
      await signInWithCode(provider, twin, victim.who, victim.key)
      const session = twin.form('/sessions/end').body.get('session') ?? ''
      const { person } = await atAccount(provider)
      const token = person.form('/account/add').body.get('_csrf') ?? ''
      const body = new URLSearchParams({ _csrf: token, session })
      await person.send('/account/sessions/end', {
        method: 'POST',
        body,
        headers: { origin: provider.issuer },
      })
      await victim.person.open(`${provider.issuer}/account/sessions`)
      expect(victim.person.html.match(/class="card"/g)).toHaveLength(2)
    })

    test('end with the sign-out: the pages are closed at once, the cookie copied before is worth nothing', async () => {
      const { person } = await atAccount(provider)
      await person.open(`${provider.issuer}/logout`)
      const { target, body } = person.form('/logout/confirm', { logout: 'yes' })
      const cookie = person.cookies(new URL(`${provider.issuer}/account`))
      await person.send(target, { method: 'POST', body, headers: { origin: provider.issuer } })
      const response = await fetch(`${provider.issuer}/account`, { headers: { cookie }, redirect: 'manual' })
      expect(response.headers.get('location')).toContain('/authorize')
    })
  })

  test('take no answer that another browser began: a planted code signs nobody in', async () => {
    const attacker = await atAccount(provider)
    provider.clock.advance(1000)
    const begun = await attacker.person.send(`${provider.issuer}/account/add`, {
      method: 'POST',
      body: new URLSearchParams({
        _csrf: attacker.person.form('/account/add').body.get('_csrf') ?? '',
        factor: 'nothing',
      }),
      headers: { origin: provider.issuer },
    })
    const answer = await attacker.person.send(begun.headers.get('location') ?? '')
    const callback = answer.headers.get('location') ?? ''
    expect(callback).toContain('/account/callback?code=')
    const victim = await new Person().open(callback)
    expect(victim.text()).toContain('Sie sind hier nicht angemeldet.')
    await attacker.person.open(callback)
    expect(attacker.person.url).toBe(`${provider.issuer}/account`)
  })
})
