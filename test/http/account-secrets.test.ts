import { atAccount, links, signInWithCode } from '../support/account-person.ts'
import { postgresAndRedis } from '../support/backends.ts'
import { codeAt, enter, typeCode } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'

const SIX_MINUTES = 6 * 60_000

describe('At the pages of one’s own account', () => {
  let provider: TestProvider

  beforeAll(async () => {
    provider = await startProvider(await postgresAndRedis.open())
  })
  afterAll(() => provider?.close())

  const factors = async (id: string) =>
    (await provider.app.stores.credentials.ofAccount(id)).map((c) => c.factor).sort()

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

  describe('recovery codes', () => {
    const codesOn = (page: Person) =>
      [...page.html.matchAll(/<code class="key">([A-Z2-9-]{9})<\/code>/g)].map(([, c = '']) => c)
    async function withCodes() {
      const at = await atAccount(provider)
      await at.person.submit('/account/add', { factor: 'recovery-codes' })
      const codes = codesOn(at.person)
      const file = await at.person.send(links(at.person, '/file?factor=recovery-codes')[0] ?? '')
      expect([codes.length, await file.text()]).toEqual([10, `${codes.join('\r\n')}\r\n`])
      expect(file.headers.get('content-disposition')).toContain('attachment')
      await at.person.submit('/answer')
      expect([at.person.status, codesOn(at.person)]).toEqual([422, codes])
      await at.person.submit('/answer', { kept: 'on' })
      expect(codesOn(at.person)).toEqual([])
      await at.person.submit('/continue')
      expect(at.person.text()).toContain('Noch 10 von 10 Codes')
      return { ...at, codes }
    }
    /** A person without the phone at the entry of a code. */
    async function atEntry(who: { username: string; password: string }) {
      const person = await new Person().open(`${provider.issuer}/account`)
      await enter(person, who)
      await person.open(links(person, '/other')[0] ?? '')
      await person.submit('/choose', { factor: 'recovery-codes' })
      return person
    }

    test('let people in without the phone, each once, and are no lasting way that makes another superfluous', async () => {
      const { who, person, codes } = await withCodes()
      const one = await atEntry(who)
      await one.submit('/answer', { code: codes[3]?.toLowerCase() ?? '' })
      expect(one.text()).toContain('Noch 9 von 10 Codes')
      const two = await atEntry(who)
      await two.submit('/answer', { code: codes[3] ?? '' })
      expect(two.status).toBe(422)
      await person.open(links(person, '/remove')[0] ?? '')
      await person.submit('/remove')
      expect(person.text()).toContain('Richten Sie zuerst einen anderen Weg ein.')
    })

    test('are used by one of many at the same moment', async () => {
      const { who, codes } = await withCodes()
      const people = await Promise.all(Array.from({ length: 5 }, () => atEntry(who)))
      const sent = people.map((person) => {
        const { target, body } = person.form('/answer', { code: codes[0] ?? '' })
        return person.send(target, { method: 'POST', body, headers: { origin: provider.issuer } })
      })
      const statuses = (await Promise.all(sent)).map(({ status }) => status).sort()
      expect(statuses).toEqual([303, 422, 422, 422, 422])
    })

    test('are worth nothing once there are new ones', async () => {
      const { who, person, codes } = await withCodes()
      await person.submit('/account/add', { factor: 'recovery-codes' })
      const fresh = codesOn(person)
      await person.submit('/answer', { kept: 'on' })
      const later = await atEntry(who)
      await later.submit('/answer', { code: codes[0] ?? '' })
      expect(later.status).toBe(422)
      await later.submit('/answer', { code: fresh[0] ?? '' })
      expect(later.url).toBe(`${provider.issuer}/account`)
    })
  })
})
