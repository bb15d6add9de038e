import { embedded } from '../support/backends.ts'
import { arrive, codeAt, enrolTotp, keyOn, signIn, typeCode } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

describe('codes of an app', () => {
  let provider: TestProvider
  let portal: Awaited<ReturnType<typeof relyingParty>>
  beforeAll(async () => {
    provider = await startProvider(await embedded.open())
    portal = await relyingParty(provider.issuer)
  })
  afterAll(() => provider?.close())

  const atCode = async (who: { username: string; password: string }) => {
    const { person, request } = await arrive(portal, {}, new Person())
    await signIn(person, who)
    return { person, request }
  }

  test('the code of the set-up, or any code, does not work a second time', async () => {
    const who = await provider.addAccount()
    const { key } = await enrolTotp(provider, portal, who)
    const { person } = await atCode(who)
    await typeCode(person, codeAt(key, provider.clock.now()))
    expect(person.status).toBe(422)
    expect(person.text()).toContain('Diesen Code haben Sie schon benutzt.')
  })

  test('of twenty parallel uses of one code exactly one succeeds', async () => {
    const who = await provider.addAccount()
    const { key } = await enrolTotp(provider, portal, who)
    const people = await Promise.all(Array.from({ length: 9 }, () => atCode(who)))
    provider.clock.advance(30_000)
    const code = codeAt(key, provider.clock.now())
    await Promise.all(people.map(({ person }) => typeCode(person, code)))
    expect(people.filter(({ person }) => person.url.startsWith('http://localhost:9/'))).toHaveLength(1)
  })

  test('an older code does not work after a newer one', async () => {
    const who = await provider.addAccount()
    const { key } = await enrolTotp(provider, portal, who)
    provider.clock.advance(90_000)
    const [now, older] = [codeAt(key, provider.clock.now()), codeAt(key, provider.clock.now() - 30_000)]
    const first = await atCode(who)
    await typeCode(first.person, now)
    expect(first.person.url).toContain('http://localhost:9/')
    const second = await atCode(who)
    await typeCode(second.person, older)
    expect(second.person.status).toBe(422)
  })

  test('twenty wrong codes lead to a wait, over all browsers, and a right password does not reset it', async () => {
    const who = await provider.addAccount()
    const { key } = await enrolTotp(provider, portal, who)
    const statuses = []
    for (let i = 0; i < 20; i++) {
      const { person } = await atCode(who)
      await typeCode(person, '000000')
      statuses.push(person.status)
    }
    expect(statuses.slice(0, 10).every((status) => status === 422)).toBe(true)
    expect(statuses.slice(10).every((status) => status === 429)).toBe(true)
    const { person } = await atCode(who)
    provider.clock.advance(30_000)
    await typeCode(person, codeAt(key, provider.clock.now()))
    expect(person.status).toBe(429)
    expect(Number(person.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('a browser the owner has used before is not locked out by strangers', async () => {
    const who = await provider.addAccount()
    const { key, person: owner } = await enrolTotp(provider, portal, who)
    for (let i = 0; i < 11; i++) {
      const stranger = await arrive(portal, {}, new Person())
      await signIn(stranger.person, { ...who, password: `guess ${i}` })
    }
    const again = await arrive(portal, { prompt: 'login' }, owner)
    await signIn(owner, who)
    provider.clock.advance(30_000)
    await typeCode(owner, codeAt(key, provider.clock.now()))
    expect((await portal.finish(owner.answer, again.request)).claims()?.sub).toBe(who.id)
  })

  test.each(['', '12345', '1234567', 'abcdef', '１２３４５６7'])(
    '„%s“ is no code: the page says what one looks like',
    async (code) => {
      const who = await provider.addAccount()
      await enrolTotp(provider, portal, who)
      const { person } = await atCode(who)
      await typeCode(person, code)
      expect(person.status).toBe(422)
      expect(person.text()).toMatch(/6 Ziffern|6-stelligen Code/)
    },
  )

  test('an expired set-up says so and shows a new key', async () => {
    const { person } = await atCode(await provider.addAccount())
    const old = keyOn(person)
    provider.clock.advance(31 * 60_000)
    await typeCode(person, codeAt(old, provider.clock.now()))
    expect(person.status).toBe(422)
    expect(person.text()).toContain('Hier ist ein neuer Schlüssel.')
    expect(keyOn(person)).not.toBe(old)
  })

  test('a set-up abandoned half-way leaves nothing, and a reload shows the same key', async () => {
    const who = await provider.addAccount()
    const { person } = await atCode(who)
    const key = keyOn(person)
    await person.open(person.url)
    expect(keyOn(person)).toBe(key)
    const { person: other } = await atCode(who)
    expect(keyOn(other)).not.toBe(key)
    expect((await provider.app.stores.credentials.ofAccount(who.id)).map((c) => c.factor)).toEqual([
      'password',
    ])
  })

  test('of two set-ups at once one becomes active and the other person is told', async () => {
    const who = await provider.addAccount()
    const [a, b] = [await atCode(who), await atCode(who)]
    const codes = [a, b].map(({ person }) => codeAt(keyOn(person), provider.clock.now()))
    await Promise.all([typeCode(a.person, codes[0] ?? ''), typeCode(b.person, codes[1] ?? '')])
    const factors = (await provider.app.stores.credentials.ofAccount(who.id)).map((c) => c.factor)
    expect(factors).toEqual(['password', 'totp'])
    const texts = [a, b].map(({ person }) => person.text())
    expect(texts.filter((text) => text.includes('erfolgreich eingerichtet'))).toHaveLength(1)
    expect(texts.filter((text) => text.includes('Code eingeben') || text.includes('schon'))).not.toHaveLength(
      0,
    )
  })

  test.each([-270, -150, -90, 90, 150, 270])(
    'a clock that is wrong by %d s enrols with the right sentence and logs in',
    async (wrong) => {
      const who = await provider.addAccount()
      const { person } = await atCode(who)
      const key = keyOn(person)
      const phone = () => provider.clock.now() + wrong * 1000
      await typeCode(person, codeAt(key, phone()))
      expect(person.status).toBe(422)
      expect(person.text()).toMatch(
        wrong > 0 ? /Ihre Handy-Uhr geht etwa \d Minuten? vor/ : /Ihre Handy-Uhr geht etwa \d Minuten? nach/,
      )
      provider.clock.advance(30_000)
      await typeCode(person, codeAt(key, phone()))
      await person.submit('/continue')
      expect(person.url).toContain('http://localhost:9/')

      const next = await atCode(who)
      provider.clock.advance(60_000)
      await typeCode(next.person, codeAt(key, phone()))
      expect(next.person.url).toContain('http://localhost:9/')
      const right = await atCode(who)
      provider.clock.advance(300_000) // past the steps whose codes the phone has shown ahead of time
      await typeCode(right.person, codeAt(key, provider.clock.now()))
      expect(right.person.url).toContain('http://localhost:9/')
    },
  )

  test('the key is sealed at rest and stands in no log line and no form field', async () => {
    const who = await provider.addAccount()
    const { person } = await atCode(who)
    const key = keyOn(person)
    const forms = person.html.match(/<input[^>]*>/g)?.join() ?? ''
    expect(forms.replace(/\s/g, '')).not.toContain(key)
    await typeCode(person, codeAt(key, provider.clock.now()))
    expect(JSON.stringify(provider.logs)).not.toContain(key)
  })
})
