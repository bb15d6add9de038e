import { Pool } from 'pg'
import { postgresAndRedis } from '../support/backends.ts'
import { codeAt, keyOn, type Portal } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const MINUTE = 60_000
const ANDROID =
  'Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36'

describe('Set-up that begins at a computer and goes on at a phone', () => {
  let provider: TestProvider
  let portal: Portal
  let pool: Pool
  beforeAll(async () => {
    const backend = await postgresAndRedis.open()
    provider = await startProvider({ ...backend, trustedProxies: ['127.0.0.1'] })
    portal = await relyingParty(provider.issuer)
    if (!('url' in backend.database)) throw new Error('no server')
    pool = new Pool({ connectionString: backend.database.url, max: 1 })
  })
  afterAll(async () => {
    await pool?.end()
    await provider?.close()
  })

  /** At the computer: the page with the code. */
  async function begun() {
    const who = await provider.addAccount()
    const computer = await new Person().open((await portal.start()).url)
    await computer.submit('/answer', { identifier: who.username, password: who.password })
    await computer.submit('/skip')
    await computer.submit('/phone')
    const [code = ''] = /[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}/.exec(computer.text()) ?? []
    expect(code).not.toBe('')
    return { who, computer, code }
  }
  async function phoneWith(code: string, phone = new Person()) {
    await phone.open(`${provider.issuer}/phone?code=${code}`)
    return phone.submit('/phone', { code })
  }
  /** At the phone: TOTP set up, and the number shown. */
  async function through(code: string) {
    const phone = await phoneWith(code)
    await phone.submit('/agree')
    const key = keyOn(phone)
    await phone.submit('/answer', { code: codeAt(key, provider.clock.now()) })
    const [number = ''] = /\b\d{3}-\d{3}\b/.exec(phone.text()) ?? []
    expect(number).not.toBe('')
    return { phone, key, number }
  }
  const factors = async (id: string) =>
    (await provider.app.stores.credentials.ofAccount(id)).map(({ factor }) => factor)
  const audited = async (id: string) =>
    (await pool.query('SELECT event FROM audit WHERE account_id = $1 ORDER BY id', [id])).rows.map(
      ({ event }) => event,
    )
  const other = (number: string) => String((Number(number.replace('-', '')) + 1) % 10 ** 6).padStart(6, '0')
  const go = (computer: Person) => computer.open(computer.url.replace(/\/phone.*$/, ''))

  test('leads from nothing to logged in: code, whose and where, app, number; the computer follows by „Weiter“', async () => {
    const { who, computer, code } = await begun()
    const phone = new Person()
    await phone.open(`${provider.issuer}/phone?code=${code}`)
    expect(phone.html).toContain(`value="${code}"`)
    await phone.open(phone.url)
    const { target, body } = phone.form('/phone', { code })
    const headers = { origin: provider.issuer, 'user-agent': ANDROID }
    await phone.open(target.href, { method: 'POST', body, headers })
    expect(phone.text()).toContain(`Benutzername ${who.username}`)
    expect(phone.text()).toContain('Jobcenter-Portal')
    await go(computer)
    expect(computer.text()).toContain('Verbunden ist: Chrome auf Android.')
    await phone.submit('/agree')
    const key = keyOn(phone)
    expect(phone.html).toContain('otpauth://totp/')
    await phone.submit('/answer', { code: codeAt(key, provider.clock.now()) })
    const [number = ''] = /\b\d{3}-\d{3}\b/.exec(phone.text()) ?? []
    expect(await factors(who.id)).toEqual(['password'])
    await go(computer)
    await computer.submit('/phone/confirm', { number: number.replace('-', ' ') })
    expect(computer.text()).toContain(
      'Sie haben die Zwei-Faktor-Authentifizierung mit TOTP erfolgreich eingerichtet.',
    )
    await computer.submit('/continue')
    expect(computer.answer.searchParams.get('code')).toBeTruthy()
    expect(await factors(who.id)).toEqual(['password', 'totp'])
    expect(await audited(who.id)).toEqual(
      expect.arrayContaining(['phone.invited', 'phone.joined', 'factor.enrolled', 'login.completed']),
    )
    await phone.open(`${provider.issuer}/phone`)
    expect(phone.text()).toContain('Hier ist nichts mehr zu tun')
  })

  test('survives a lost network and half an hour in the app store: the same key comes again', async () => {
    const { who, computer, code } = await begun()
    const phone = await phoneWith(code)
    await phone.submit('/agree')
    const key = keyOn(phone)
    provider.clock.advance(29 * MINUTE)
    await phone.open(`${provider.issuer}/phone`)
    expect(keyOn(phone)).toBe(key)
    await phone.submit('/answer', { code: codeAt(key, provider.clock.now()) })
    const [number = ''] = /\b\d{3}-\d{3}\b/.exec(phone.text()) ?? []
    await phone.open(`${provider.issuer}/phone`)
    expect(phone.text()).toContain(number)
    await go(computer)
    await computer.submit('/phone/confirm', { number })
    expect(await factors(who.id)).toEqual(['password', 'totp'])
  })

  test('after half an hour it is over at both', async () => {
    const { computer, code } = await begun()
    const phone = await phoneWith(code)
    provider.clock.advance(30 * MINUTE + 1)
    await phone.open(`${provider.issuer}/phone`)
    expect(phone.text()).toContain('Hier ist nichts mehr zu tun')
    await go(computer)
    expect(computer.html).toContain('id="key"')
    expect((await phoneWith(code)).status).toBe(422)
  })

  test('the code is one phone’s: whoever looks at the address takes nothing, of twenty that send it one gets it', async () => {
    const { code } = await begun()
    for (let n = 0; n < 3; n++) await new Person().open(`${provider.issuer}/phone?code=${code}`)
    const phones = await Promise.all(Array.from({ length: 20 }, () => phoneWith(code)))
    expect(phones.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1)
  })

  test('whoever stole the code sets nothing up: the number on his phone is typed by nobody, and guessed three times at most', async () => {
    const { who, computer, code } = await begun()
    const { number } = await through(code)
    await go(computer)
    for (let n = 0; n < 2; n++) {
      await computer.submit('/phone/confirm', { number: other(number) })
      expect(computer.status).toBe(422)
      expect(computer.text()).toContain('Die Zahl ist falsch.')
    }
    await computer.submit('/phone/confirm', { number: 'abc' })
    expect(computer.text()).toContain('Die Zahl hat genau 6 Ziffern')
    const form = computer.form('/phone/confirm', { number })
    await computer.submit('/phone/confirm', { number: other(number) })
    expect(computer.text()).toContain('Das Einrichten auf dem Handy ist beendet.')
    const headers = { origin: provider.issuer }
    await computer.open(form.target.href, { method: 'POST', body: form.body, headers })
    expect(await factors(who.id)).toEqual(['password'])
    expect(
      (await audited(who.id)).filter((event) => event === 'phone.refused').length,
    ).toBeGreaterThanOrEqual(3)
  })

  test('of twenty numbers typed at once no more than three are looked at', async () => {
    const { who, computer, code } = await begun()
    const { number } = await through(code)
    await go(computer)
    const wrong = computer.form('/phone/confirm', { number: other(number) })
    const headers = { origin: provider.issuer }
    await Promise.all(
      Array.from({ length: 20 }, () =>
        computer.send(wrong.target, { method: 'POST', body: wrong.body, headers }),
      ),
    )
    const right = computer.form('/phone/confirm', { number })
    await computer.send(right.target, { method: 'POST', body: right.body, headers })
    expect(await factors(who.id)).toEqual(['password'])
  })

  test('the phone is good for this factor of this account alone: no login, no other page, no way around', async () => {
    const { code } = await begun()
    const { phone } = await through(code)
    await phone.open((await portal.start()).url)
    expect(phone.html).toContain('name="password"')
    await phone.open(`${provider.issuer}/account`)
    expect(phone.html).toContain('name="password"')
    const early = await phoneWith((await begun()).code)
    const { body } = early.form('/agree')
    const refused = await early.send('/phone/answer', {
      method: 'POST',
      body,
      headers: { origin: provider.issuer },
    })
    expect(refused.status).toBe(403)
  })

  test('ends for the phone when it is stopped at the computer, begun anew there, or the account is locked', async () => {
    const one = await begun()
    const stopped = await phoneWith(one.code)
    await one.computer.submit('/phone/stop')
    expect(one.computer.html).toContain('id="key"')
    const two = await begun()
    const replaced = await phoneWith(two.code)
    await two.computer.submit('/phone/stop')
    await two.computer.submit('/phone')
    const three = await begun()
    const locked = await phoneWith(three.code)
    const event = { event: 'account.locked', accountId: three.who.id } as const
    await provider.app.stores.accounts.setLocked(three.who.id, true, provider.clock.now(), event)
    for (const phone of [stopped, replaced, locked]) {
      await phone.submit('/agree')
      expect(phone.text()).toContain('Hier ist nichts mehr zu tun')
    }
  })

  test('says so where phone and computer are in different networks, and refuses forms of other sites', async () => {
    const { code } = await begun()
    const phone = new Person()
    await phone.open(`${provider.issuer}/phone?code=${code}`)
    const { target, body } = phone.form('/phone')
    const foreign = await phone.send(target, {
      method: 'POST',
      body,
      headers: { origin: 'https://evil.example' },
    })
    expect(foreign.status).toBe(403)
    await phone.submit('/phone', { code })
    expect(phone.text()).not.toContain('einen anderen Internet-Anschluss')
    await phone.open(`${provider.issuer}/phone`, { headers: { 'x-forwarded-for': '198.51.100.7' } })
    expect(phone.text()).toContain('einen anderen Internet-Anschluss')
  })

  test('the computer asks lightly how far it is, which keeps nobody signed in on a shared one', async () => {
    const who = await provider.addAccount()
    const computer = await new Person().open((await portal.start()).url)
    await computer.submit('/answer', { identifier: who.username, password: who.password, shared: 'on' })
    await computer.submit('/skip')
    await computer.submit('/phone')
    const page = computer.url
    for (let n = 0; n < 2; n++) {
      const state = await computer.send(`${page}/phone/state`)
      expect(await state.json()).toEqual({ state: 'waiting' })
      provider.clock.advance(3 * MINUTE)
    }
    await computer.open(page)
    expect(computer.html).toContain('name="password"')
  })
})
