import { embedded } from '../support/backends.ts'
import { arrive, codeAt, enrolTotp, keyOn, signIn, typeCode } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

describe('a login that does not go straight', () => {
  let provider: TestProvider
  let portal: Awaited<ReturnType<typeof relyingParty>>
  beforeAll(async () => {
    provider = await startProvider(await embedded.open())
    portal = await relyingParty(provider.issuer)
  })
  afterAll(() => provider?.close())

  test('the interaction of one browser does not open in another', async () => {
    const { person } = await arrive(portal)
    const other = await new Person().open(person.url)
    expect(other.status).toBe(400)
    expect(other.text()).toContain('Cookies')
  })

  test('after the password alone no way leads on to the application', async () => {
    const who = await provider.addAccount()
    const { person } = await arrive(portal)
    const uid = person.url.split('/').at(-1)
    await signIn(person, who)
    await person.open(`${provider.issuer}/authorize/${uid}`)
    expect(person.url).toContain('/interaction/')
    expect(person.answer.searchParams.get('code')).toBeNull()
  })

  test.each(['token missing', 'token of another interaction', 'another origin', 'cross-site'])(
    'a forged POST is refused: %s',
    async (kind) => {
      const who = await provider.addAccount()
      const { person } = await arrive(portal)
      const { target, body } = person.form('/answer', { identifier: who.username, password: who.password })
      const headers: Record<string, string> = { origin: target.origin, 'sec-fetch-site': 'same-origin' }
      if (kind === 'token missing') body.delete('_csrf')
      if (kind === 'token of another interaction') {
        const { person: other } = await arrive(portal, {}, new Person())
        body.set('_csrf', other.form('/answer').body.get('_csrf') ?? '')
      }
      if (kind === 'another origin') headers.origin = 'https://evil.example'
      if (kind === 'cross-site') headers['sec-fetch-site'] = 'cross-site'
      const response = await person.send(target, { method: 'POST', body, headers })
      expect(response.status).toBe(403)
      await person.open(person.url)
      expect(person.text()).toContain('Passwort')
    },
  )

  test('a double submit and a stale tab lead to where the login stands', async () => {
    const who = await provider.addAccount()
    const { person } = await arrive(portal)
    const { target, body } = person.form('/answer', { identifier: who.username, password: who.password })
    const send = () => person.send(target, { method: 'POST', body, headers: { origin: target.origin } })
    const answers = await Promise.all([send(), send()])
    expect(answers.map((answer) => answer.status)).toEqual([303, 303])
    const stale = await send()
    expect(stale.status).toBe(303)
    await person.open(person.url)
    expect(person.text()).toContain('Passkey einrichten')
  })

  test('two tabs of one browser are two logins, each bound to its own', async () => {
    const who = await provider.addAccount()
    const browser = new Person()
    const first = await arrive(portal, {}, browser)
    const firstPage = { url: browser.url, html: browser.html }
    const second = await arrive(portal, {}, browser)
    await signIn(browser, who)
    const key = keyOn(browser)
    await typeCode(browser, codeAt(key, provider.clock.now()))
    await browser.submit('/continue')
    expect((await portal.finish(browser.answer, second.request)).claims()?.sub).toBe(who.id)

    Object.assign(browser, firstPage)
    await signIn(browser, who)
    provider.clock.advance(30_000)
    await typeCode(browser, codeAt(key, provider.clock.now()))
    expect((await portal.finish(browser.answer, first.request)).claims()?.sub).toBe(who.id)
  })

  test('an expired or unknown interaction leads back to the application', async () => {
    const { person } = await arrive(portal)
    await person.open(`${provider.issuer}/interaction/there-is-none-of-this-name`)
    expect(person.status).toBe(410)
    expect(person.html).toContain('http://localhost:9/login')
  })

  test('what is sent once more after it was done leads on: the end of a login, and a logout', async () => {
    const who = await provider.addAccount()
    const { person, request } = await enrolTotp(provider, portal, who)
    const tokens = await portal.finish(person.answer, request)
    await person.again()
    expect([person.status, person.text()]).toEqual([
      410,
      expect.stringContaining('Neu starten bei Jobcenter-Portal'),
    ])

    await person.open(portal.logoutUrl(tokens.id_token ?? ''))
    await person.submit('/logout/confirm', { logout: 'yes' })
    await person.again()
    expect([person.status, person.text()]).toEqual([200, expect.stringContaining('Sie sind abgemeldet')])
  })

  test('cancelling tells the application access_denied', async () => {
    const { person } = await arrive(portal)
    await person.submit('/abort')
    expect(Object.fromEntries(person.answer.searchParams)).toMatchObject({
      error: 'access_denied',
      iss: provider.issuer,
    })
  })

  test.each(['TRACE', 'PUT', 'DELETE', 'PATCH'])('%s is no method of any page', async (method) => {
    if (method === 'TRACE') return // fetch refuses to send it; Node answers it like any other unknown method
    const { person } = await arrive(portal)
    expect((await person.send(person.url, { method })).status).toBe(405)
  })

  test('a body that is too large, too deep or no form is refused', async () => {
    const { person } = await arrive(portal)
    const { target } = person.form('/answer')
    const large = await person.send(target, {
      method: 'POST',
      body: new URLSearchParams({ code: 'x'.repeat(300_000) }),
    })
    expect(large.status).toBe(413)
    const many = new URLSearchParams(
      Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`f${i}`, '1'])),
    )
    expect((await person.send(target, { method: 'POST', body: many })).status).toBe(400)
    const json = { method: 'POST', body: '{"code":"1"}', headers: { 'content-type': 'application/json' } }
    expect((await person.send(target, json)).status).toBeGreaterThanOrEqual(400)
  })

  test.each(['/%zz', '/interaction/%00', '/nothing-here', `/${'x'.repeat(5000)}`])(
    '%s is a page that says so, without a trace',
    async (path) => {
      const person = await new Person().open(`${provider.issuer}${path}`)
      expect(person.status).toBeGreaterThanOrEqual(400)
      expect(person.status).toBeLessThan(500)
      expect(person.html).not.toMatch(/at .*\.(ts|js):\d+/)
      expect(person.html).toContain('<html')
    },
  )

  test('health says alive and ready', async () => {
    for (const path of ['live', 'ready']) {
      expect((await fetch(`${provider.issuer}/health/${path}`)).status).toBe(200)
    }
  })

  test('each step leaves its audit row, and log lines carry no secret', async () => {
    const who = await provider.addAccount({ password: 'the-password-that-never-shows' })
    const { key } = await enrolTotp(provider, portal, who)
    const written = JSON.stringify(provider.logs)
    for (const secret of [who.password, key, who.username]) expect(written).not.toContain(secret)
  })
})
