import { registrationCode } from '../../src/journey/workplaces.ts'
import { createPin } from '../../src/web/pin.ts'
import { postgresAndRedis } from '../support/backends.ts'
import { codeAt, enrolTotp, type Portal, typeCode } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const MINUTE = 60_000

describe('A workplace that one person after the other uses', () => {
  let provider: TestProvider
  let portal: Portal
  beforeAll(async () => {
    provider = await startProvider({
      ...(await postgresAndRedis.open()),
      trustedProxies: ['127.0.0.1'],
      workplaceHeader: 'x-workplace',
    })
    portal = await relyingParty(provider.issuer)
  })
  afterAll(() => provider?.close())

  let count = 0
  const invited = (name = `Jobpoint ${++count}`) =>
    registrationCode({ stores: provider.app.stores, now: provider.clock.now }, name)
  async function workplace(): Promise<Person> {
    const person = await new Person().open(`${provider.issuer}/workplace`)
    await person.submit('/workplace', { code: (await invited()).toLowerCase() })
    expect(person.text()).toContain('Dieser Computer ist als gemeinsamer Computer angemeldet.')
    return person
  }
  const known = async () => {
    const who = await provider.addAccount()
    const { key } = await enrolTotp(provider, portal, who)
    return { ...who, key }
  }
  async function signedIn(person: Person, { username, password, key }: Awaited<ReturnType<typeof known>>) {
    await person.open(`${provider.issuer}/account`)
    await person.submit('/answer', { identifier: username, password })
    provider.clock.advance(MINUTE)
    await typeCode(person, codeAt(key, provider.clock.now()))
    expect(person.url).toBe(`${provider.issuer}/account`)
  }

  test('is registered by a code that works once and for half an hour', async () => {
    await workplace()
    const code = await invited()
    const first = await new Person().open(`${provider.issuer}/workplace`)
    await first.submit('/workplace', { code: `${code.slice(0, 4)}-${code.slice(4)}` })
    const second = await new Person().open(`${provider.issuer}/workplace`)
    await second.submit('/workplace', { code })
    expect(second.status).toBe(422)
    expect(second.text()).toContain('Der Code ist falsch oder gilt nicht mehr.')
    const late = await invited()
    provider.clock.advance(30 * MINUTE + 1)
    await second.submit('/workplace', { code: late })
    expect(second.status).toBe(422)
  })

  test('shows the button for the next person on every page, and no other computer does', async () => {
    const person = await workplace()
    for (const path of ['/help', '/nothing-here', '/device', '/workplace'])
      expect([
        path,
        (await person.open(`${provider.issuer}${path}`)).text().includes('Nächste Person'),
      ]).toEqual([path, true])
    const other = await new Person().open(`${provider.issuer}/help`)
    expect(other.text()).not.toContain('Nächste Person')
    expect((await other.open(`${provider.issuer}/next`)).status).toBe(404)
  })

  test('lets nothing be remembered or filled in, and nobody makes a passkey on it', async () => {
    const who = { ...(await provider.addAccount()), key: '' }
    const person = await workplace()
    await person.open((await portal.start()).url)
    expect(person.html).not.toContain('name="shared"')
    expect(person.html).not.toContain('autocomplete="username')
    await person.submit('/answer', { identifier: who.username, password: who.password, shared: 'on' })
    expect(/data-options="([^"]+)"/.exec(person.html)?.[1]).toContain('cross-platform')
    expect(person.text()).toContain('Das ist ein gemeinsamer Computer.')
    expect(person.cookies(new URL(`${provider.issuer}/`))).not.toContain('pforte_device')
    provider.clock.advance(3 * MINUTE + 1)
    const page = person.url
    await person.open(page)
    expect(person.html).toContain('name="password"')
  })

  test('is left after three minutes by itself, and by the button at once: the session is over, and stays a workplace', async () => {
    const who = await known()
    const person = await workplace()
    await signedIn(person, who)
    provider.clock.advance(3 * MINUTE + 1)
    await person.open(`${provider.issuer}/account`)
    expect(person.html).toContain('name="password"')

    await signedIn(person, who)
    const { target, body } = person.form('/next')
    const left = await person.send(target, { method: 'POST', body, headers: { origin: provider.issuer } })
    expect(left.headers.get('clear-site-data')).toBe('"cache", "cookies", "storage"')
    const sessions = await provider.app.stores.sessions.ofAccount(who.id)
    expect(sessions.filter(({ endedAt }) => endedAt === undefined)).toHaveLength(1)
    const cleared = await new Person().open(new URL(left.headers.get('location') ?? '', target).href)
    expect(cleared.text()).toContain('Der Computer ist frei')
    expect(cleared.text()).toContain('Nächste Person')
    await person.open(`${provider.issuer}/account`)
    expect(person.html).toContain('name="password"')
  })

  test('is freed by no other site, and what takes it over the clearing is of no use a minute later', async () => {
    const person = await workplace()
    const idle = await person.send('/next', { headers: { 'sec-fetch-site': 'cross-site' } })
    expect(idle.status).toBe(403)
    const left = await person.send('/next')
    provider.clock.advance(MINUTE)
    const late = await new Person().open(new URL(left.headers.get('location') ?? '', provider.issuer).href)
    expect(late.text()).not.toContain('Nächste Person')
    const forged = await new Person().open(`${provider.issuer}/next/done?pass=of.99999999999999.mine`)
    expect(forged.text()).not.toContain('Nächste Person')
  })

  test('is none any more once it was removed, or its name was given to another', async () => {
    const name = `Jobpoint ${++count}`
    const person = await new Person().open(`${provider.issuer}/workplace`)
    await person.submit('/workplace', { code: await invited(name) })
    expect(person.text()).toContain('Nächste Person')
    await invited(name)
    await person.open(`${provider.issuer}/help`)
    expect(person.text()).not.toContain('Nächste Person')
  })

  test('is known by a header as well, which a trusted proxy alone may set', async () => {
    const person = new Person()
    await person.open(`${provider.issuer}/help`, { headers: { 'x-workplace': 'Jobpoint' } })
    expect(person.text()).toContain('Nächste Person')
    const pin = createPin('https://pforte.example', ['10.0.0.1'], undefined, 'x-workplace')
    const from = (remoteAddress: string) => {
      const headers: Record<string, string> = { 'x-workplace': '1' }
      const { workplace } = pin({ headers, socket: { remoteAddress } } as never)
      expect(headers['x-workplace']).toBeUndefined()
      return workplace
    }
    expect([from('10.0.0.1'), from('10.0.0.2')]).toEqual([true, false])
  })

  test('too many codes are not looked at', async () => {
    const person = await new Person().open(`${provider.issuer}/workplace`)
    for (let n = 0; n < 20; n++) await person.submit('/workplace', { code: 'ABCD-2345' })
    expect(person.status).toBe(429)
    await person.submit('/workplace', { code: await invited() })
    expect(person.text()).not.toContain('ist als gemeinsamer Computer angemeldet')
  })
})
