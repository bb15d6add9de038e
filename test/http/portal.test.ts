import { embedded } from '../support/backends.ts'
import { codeAt, keyOn, signIn, typeCode } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { MFA } from '../support/policy.ts'
import { startLonelyPortal, startPortal, type TestPortal } from '../support/portal.ts'

describe('the portal of the demonstration', () => {
  let portal: TestPortal
  beforeAll(async () => {
    portal = await startPortal(await embedded.open())
  })
  afterAll(() => portal?.close())

  const now = () => portal.provider.clock.now()
  const citizen = (more = {}) =>
    portal.provider.addAccount({ givenName: 'Max', familyName: 'Mustermann', ...more })
  /** Opens a page of the portal, signs in with a set-up, and comes back. */
  async function enter(path = '/login', more = {}) {
    const who = await citizen(more)
    const person = new Person()
    await person.open(portal.origin + path)
    await signIn(person, who)
    const key = keyOn(person)
    await typeCode(person, codeAt(key, now()))
    await person.submit('/continue')
    return { person, who: { ...who, key } }
  }
  /** Signs in once more, with the next code. */
  async function proveAgain(person: Person, who: { username: string; password: string; key: string }) {
    await signIn(person, who)
    portal.provider.clock.advance(30_000)
    await typeCode(person, codeAt(who.key, now()))
  }
  const tokenRequests = () => portal.provider.logs.filter((line) => line.path === '/token').length

  test('who is not signed in sees the public page, with the way in', async () => {
    const person = await new Person().open(portal.origin)
    expect(person.status).toBe(200)
    expect(person.html).toContain('href="/login"')
    expect(person.text()).not.toContain('Kundennummer')
  })

  test('the style sheet is one, and no page runs a script', async () => {
    const sheet = await fetch(`${portal.origin}/portal.css`)
    expect(sheet.headers.get('content-type')).toBe('text/css; charset=utf-8')
    const page = await fetch(portal.origin)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'self'")
  })

  test('the start page shows name, customer number and the four areas', async () => {
    const { person } = await enter('/login', { customerNumber: '123A01913' })
    expect(person.url).toBe(`${portal.origin}/`)
    for (const text of [
      'Profil',
      'Max Mustermann',
      'Kundennummer: 123A01913',
      'Postfach',
      'Bescheide',
      'Termine',
      'Verlauf',
    ])
      expect(person.text()).toContain(text)
  })

  test('a deep link survives login and the set-up of a second factor', async () => {
    const { person } = await enter('/bescheide/2025-04?von=mail', { customerNumber: '123A01914' })
    expect(person.url).toBe(`${portal.origin}/bescheide/2025-04?von=mail`)
    expect(person.text()).toContain('1. April bis 30. September 2025')
    expect(person.text()).toContain('123A01914')
  })

  test('the page of claims shows what the token says, and no token', async () => {
    const { person, who } = await enter('/token', { customerNumber: '123A01915' })
    for (const text of [who.id, MFA, 'pwd, otp, mfa', '123A01915']) expect(person.text()).toContain(text)
    expect(person.html).not.toMatch(/eyJ[\w-]+\./)
  })

  test('logging out ends the session here and at the provider', async () => {
    const { person } = await enter('/profil')
    await person.submit('/logout')
    await person.submit('/logout/confirm', { logout: 'yes' })
    expect(person.url).toMatch(`${portal.origin}/abgemeldet`)
    expect(person.text()).toContain('Sie sind abgemeldet')
    await person.open(`${portal.origin}/profil`)
    expect(person.url).toContain(`${portal.provider.issuer}/interaction/`)
  })

  test('a form of somebody else cannot log out', async () => {
    const { person } = await enter('/profil')
    const forged = await person.send(`${portal.origin}/logout`, {
      method: 'POST',
      body: new URLSearchParams(),
    })
    expect(forged.status).toBe(403)
    expect((await person.open(`${portal.origin}/profil`)).status).toBe(200)
  })

  test('a cancelled login says so and offers to begin again where it was cancelled', async () => {
    const person = await new Person().open(`${portal.origin}/postfach`)
    await person.submit('/abort')
    expect(person.status).toBe(403)
    expect(person.text()).toContain('Die Anmeldung wurde abgebrochen')
    expect(person.html).toContain('href="/login?return_to=%2Fpostfach"')
  })

  test('an answer that was not asked for is refused: forged, of another browser, or a second time', async () => {
    const forged = await new Person().open(`${portal.origin}/callback?code=x&state=forged`)
    expect(forged.status).toBe(400)

    const own = await new Person().open(`${portal.origin}/login`)
    expect((await own.open(`${portal.origin}/callback?code=x&state=forged`)).status).toBe(400)

    const { person } = await enter('/profil')
    const { answer, by } = await answerOf(person)
    const stranger = await new Person().open(`${portal.origin}/login`)
    expect((await stranger.open(answer)).status).toBe(400)
    expect((await by.open(answer)).url).toBe(`${portal.origin}/`)
    expect((await by.open(answer)).status).toBe(400)
    expect((await by.open(`${portal.origin}/profil`)).status).toBe(200)
  })

  /** The address a second login in this browser leads back to, not opened yet. */
  async function answerOf(person: Person) {
    const begun = await person.send(`${portal.origin}/login`)
    const back = await person.send(begun.headers.get('location') ?? '')
    return { answer: back.headers.get('location') ?? '', by: person }
  }

  test('an answer in the name of another issuer is refused', async () => {
    const { person } = await enter('/profil')
    const { answer } = await answerOf(person)
    const mixed = new URL(answer)
    mixed.searchParams.set('iss', 'https://other.example')
    expect((await person.open(mixed.href)).status).toBe(502)
  })

  test('no address outside the portal is returned to', async () => {
    for (const path of [
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example',
      'javascript:alert(1)',
    ]) {
      const { person } = await enter(`/login?return_to=${encodeURIComponent(path)}`)
      expect(person.url).toBe(`${portal.origin}/`)
    }
  })

  test('parallel requests renew the tokens once, and all are answered', async () => {
    const { person } = await enter('/profil')
    portal.provider.clock.advance(10 * 60_000)
    const before = tokenRequests()
    const paths = ['/', '/profil', '/postfach', '/bescheide', '/termine', '/verlauf', '/token', '/']
    const answers = await Promise.all(paths.map((path) => person.send(portal.origin + path)))
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200))
    expect(tokenRequests() - before).toBe(1)
    // What came with the renewal can be renewed again.
    portal.provider.clock.advance(10 * 60_000)
    expect((await person.send(`${portal.origin}/profil`)).status).toBe(200)
  })

  test('an account that was locked is signed out when its tokens end', async () => {
    const { person, who } = await enter('/profil')
    await portal.provider.app.stores.accounts.setLocked(who.id, true, Date.now(), { event: 'account.locked' })
    portal.provider.clock.advance(10 * 60_000)
    await person.open(`${portal.origin}/profil`)
    expect(person.status).toBe(403)
    expect(person.text()).toContain('Die Anmeldung wurde abgebrochen')
    expect(person.text()).not.toContain('Abmelden')
  })

  test('changing the bank account asks for both factors where they were shown too long ago', async () => {
    const { person, who } = await enter('/bankverbindung')
    expect(person.url).toBe(`${portal.origin}/bankverbindung`)
    portal.provider.clock.advance(301_000)
    await person.open(`${portal.origin}/bankverbindung`)
    expect(person.url).toContain(portal.provider.issuer)
    await proveAgain(person, who)
    expect(person.url).toBe(`${portal.origin}/bankverbindung`)
  })

  test('a wrong IBAN is kept to be corrected, a right one saved', async () => {
    const { person } = await enter('/bankverbindung')
    await person.submit('/bankverbindung', { iban: 'DE03 1203 0000 0000 2020 51' })
    expect(person.status).toBe(422)
    expect(person.html).toContain('value="DE03 1203 0000 0000 2020 51"')
    await person.submit('/bankverbindung', { iban: 'DE02 1203 0000 0000 2020 51' })
    expect(person.text()).toContain('Gespeichert. Ihre neue Bankverbindung: DE•• •••• 2051')
  })

  test('what was typed is still there after both factors had to be shown again', async () => {
    const { person, who } = await enter('/bankverbindung')
    portal.provider.clock.advance(301_000)
    await person.submit('/bankverbindung', { iban: 'DE02 1203' })
    await proveAgain(person, who)
    expect(person.url).toBe(`${portal.origin}/bankverbindung`)
    expect(person.html).toContain('value="DE02 1203"')
  })

  test('names are text, whatever they contain', async () => {
    const { person } = await enter('/profil', { givenName: '<script>alert(1)</script>' })
    expect(person.html).not.toContain('<script')
    expect(person.html).toContain('&lt;script&gt;')
  })

  test('English is kept once chosen, and asked of the provider too', async () => {
    const person = await new Person().open(`${portal.origin}/?lang=en`)
    expect(person.text()).toContain('Your job centre. Around the clock.')
    const begun = await person.send(`${portal.origin}/profil`)
    expect(new URL(begun.headers.get('location') ?? '').searchParams.get('ui_locales')).toBe('en')
  })

  test('a page that does not exist is said to be missing', async () => {
    expect((await new Person().open(`${portal.origin}/nirgends`)).status).toBe(404)
  })
})

describe('a portal whose provider does not answer', () => {
  let lonely: Awaited<ReturnType<typeof startLonelyPortal>>
  let portal: TestPortal
  beforeAll(async () => {
    lonely = await startLonelyPortal()
    portal = await startPortal(await embedded.open())
  })
  afterAll(() => Promise.all([lonely?.close(), portal?.close()]))

  test('says so, asks to try again in a minute, and reports it', async () => {
    const { origin, errors } = lonely
    const person = await new Person().open(`${origin}/profil`)
    expect(person.status).toBe(503)
    expect(person.text()).toContain('Die Anmeldung antwortet gerade nicht')
    expect(person.html).toContain('href="/profil"')
    expect(errors).toHaveLength(1)
  })

  test('says so too where the provider is gone between login and return, and keeps who is signed in', async () => {
    const who = await portal.provider.addAccount()
    const person = await new Person().open(`${portal.origin}/profil`)
    await signIn(person, who)
    await typeCode(person, codeAt(keyOn(person), portal.provider.clock.now()))
    await person.submit('/continue')
    const begun = await person.send(`${portal.origin}/login`)
    const back = await person.send(begun.headers.get('location') ?? '')
    await portal.closeProvider()

    expect((await person.open(back.headers.get('location') ?? '')).status).toBe(503)
    expect((await person.open(`${portal.origin}/profil`)).status).toBe(200)
    portal.provider.clock.advance(10 * 60_000)
    expect((await person.open(`${portal.origin}/profil`)).status).toBe(503)
  })
})
