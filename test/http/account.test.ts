import { atAccount, links, signInWithCode } from '../support/account-person.ts'
import { postgresAndRedis } from '../support/backends.ts'
import { codeAt, enter, keyOn, type Portal, typeCode } from '../support/login.ts'
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
