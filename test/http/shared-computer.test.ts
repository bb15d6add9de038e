import { atAccount } from '../support/account-person.ts'
import { postgresAndRedis } from '../support/backends.ts'
import { codeAt, enrolTotp, type Portal, typeCode } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const MINUTE = 60_000

describe('On a computer that other people use, too,', () => {
  let provider: TestProvider
  let portal: Portal
  beforeAll(async () => {
    provider = await startProvider(await postgresAndRedis.open())
    portal = await relyingParty(provider.issuer)
  })
  afterAll(() => provider?.close())

  const known = async () => {
    const who = await provider.addAccount()
    const { key } = await enrolTotp(provider, portal, who)
    return { ...who, key }
  }
  type Known = Awaited<ReturnType<typeof known>>
  const password = (person: Person, { username, password }: Known, shared = true) =>
    person.submit('/answer', { identifier: username, password, ...(shared ? { shared: 'on' } : {}) })
  /** Signed in at the pages of the account. */
  async function signedIn(who: Known, shared = true) {
    const person = await new Person().open(`${provider.issuer}/account`)
    await password(person, who, shared)
    provider.clock.advance(MINUTE)
    await typeCode(person, codeAt(who.key, provider.clock.now()))
    expect(person.url).toBe(`${provider.issuer}/account`)
    return person
  }
  const cookieNames = (person: Person) =>
    person
      .cookies(new URL(`${provider.issuer}/`))
      .split('; ')
      .map((pair) => pair.split('=')[0])

  test('nothing is remembered: no cookie outlives the browser, and none says who was here', async () => {
    const who = await known()
    const other = await signedIn(who, false)
    expect(cookieNames(other)).toContain('pforte_device')
    const person = await signedIn(who)
    expect(cookieNames(person)).not.toContain('pforte_device')
    const response = await person.send((await portal.start()).url)
    const session = response.headers.getSetCookie().filter((line) => line.startsWith('pforte_session='))
    for (const line of session) expect(line).not.toMatch(/expires|max-age/i)
  })

  test('whoever comes after five minutes finds nobody signed in, though the owner may stay as long as they do something', async () => {
    const who = await known()
    const person = await signedIn(who)
    for (let n = 0; n < 3; n++) {
      provider.clock.advance(4 * MINUTE)
      await person.open(`${provider.issuer}/account/sessions`)
      expect(person.url).toBe(`${provider.issuer}/account/sessions`)
    }
    provider.clock.advance(5 * MINUTE + 1)
    await person.open(`${provider.issuer}/account`)
    expect(person.html).toContain('name="password"')
    await person.open((await portal.start({ prompt: 'none' })).url)
    expect(person.answer.searchParams.get('error')).toBe('login_required')

    const elsewhere = await signedIn(who, false)
    provider.clock.advance(20 * MINUTE)
    await elsewhere.open(`${provider.issuer}/account`)
    expect(elsewhere.url).toBe(`${provider.issuer}/account`)
  })

  test('nor half-way: a password typed and left binds nobody’s second factor', async () => {
    const who = { ...(await provider.addAccount()), key: '' }
    const person = await new Person().open((await portal.start()).url)
    await password(person, who)
    expect(person.html).toContain('data-passkey="create"')
    provider.clock.advance(5 * MINUTE + 1)
    const page = person.url
    await person.submit('/skip')
    expect(person.status).toBe(403)
    await person.open(page)
    expect(person.html).toContain('name="password"')
  })

  test('a passkey is made on the phone or a key, never on the computer itself, and the page says so', async () => {
    const who = { ...(await provider.addAccount()), key: '' }
    const person = await new Person().open((await portal.start()).url)
    await password(person, who)
    expect(person.text()).toContain('Das ist ein gemeinsamer Computer.')
    const options = /data-options="([^"]+)"/.exec(person.html)?.[1] ?? ''
    expect(options).toContain('cross-platform')
    expect(options).toContain('hybrid')
    expect(options).not.toContain('client-device')
    const { person: at } = await atAccount(provider)
    await at.submit('/account/add', { factor: 'webauthn' })
    expect(at.html).not.toContain('cross-platform')
  })

  test('signing out clears the browser, and elsewhere it does not', async () => {
    const who = await known()
    for (const [shared, cleared] of [
      [true, '"cache", "cookies", "storage"'],
      [false, null],
    ] as const) {
      const person = await signedIn(who, shared)
      await person.open(`${provider.issuer}/logout`)
      const { target, body } = person.form('/logout/confirm', { logout: 'yes' })
      const response = await person.send(target, {
        method: 'POST',
        body,
        headers: { origin: provider.issuer },
      })
      expect([shared, response.headers.get('clear-site-data')]).toEqual([shared, cleared])
    }
  })
})
