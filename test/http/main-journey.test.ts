import { backends } from '../support/backends.ts'
import { arrive, codeAt, enrolTotp, keyOn, logIn, signIn, typeCode } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { MFA } from '../support/policy.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

describe.each(backends)('the main journey on $name', ({ open }) => {
  let provider: TestProvider
  let portal: Awaited<ReturnType<typeof relyingParty>>
  beforeAll(async () => {
    provider = await startProvider(await open())
    portal = await relyingParty(provider.issuer)
  })
  afterAll(() => provider?.close())

  test('a person with a password only is made to set up a second factor and comes back with a truthful ID token', async () => {
    const max = await provider.addAccount({
      customerNumber: '123A01913',
      givenName: 'Max',
      familyName: 'Mustermann',
    })
    const { person, request } = await arrive(portal)
    await signIn(person, max)
    expect(person.text()).toContain('Zweiten Faktor einrichten')
    await typeCode(person, codeAt(keyOn(person), provider.clock.now()))
    expect(person.text()).toContain(
      'Sie haben die Zwei-Faktor-Authentifizierung mit TOTP erfolgreich eingerichtet.',
    )
    await person.submit('/continue')

    const tokens = await portal.finish(person.answer, request)
    const claims = tokens.claims()
    expect(claims).toMatchObject({ sub: max.id, acr: MFA, aud: 'portal' })
    expect(claims?.amr).toEqual(['pwd', 'otp', 'mfa'])
    expect(Number(claims?.auth_time)).toBeLessThanOrEqual(Date.now() / 1000)
    const info = await portal.userinfo(tokens.access_token, max.id)
    expect(info).toMatchObject({ kundennummer: '123A01913', groups: ['citizens'], name: 'Max Mustermann' })
  })

  test('the next login asks for password and code; the code alone or the password alone is not enough', async () => {
    const who = await provider.addAccount()
    const { key } = await enrolTotp(provider, portal, who)
    const { tokens } = await logIn(provider, portal, { ...who, key })
    expect(tokens.claims()).toMatchObject({ acr: MFA, amr: ['pwd', 'otp', 'mfa'] })

    const { person } = await arrive(portal)
    await signIn(person, who)
    expect(person.text()).toContain('Code eingeben')
  })

  test('a second request in the same browser needs no new login, and the token says when the login was', async () => {
    const who = await provider.addAccount()
    const { person, request } = await enrolTotp(provider, portal, who)
    const first = await portal.finish(person.answer, request)
    const again = await portal.start()
    await person.open(again.url)
    const second = await portal.finish(person.answer, again)
    expect(second.claims()?.auth_time).toBe(first.claims()?.auth_time)
  })

  test('user name and e-mail address both open the login, in any case and with blanks around', async () => {
    const who = await provider.addAccount({ username: 'Jörg.Groß', email: 'Joerg@Example.ORG' })
    for (const identifier of [' jörg.groß ', 'JOERG@example.org', 'jo\u0308rg.groß']) {
      const { person } = await arrive(portal)
      await signIn(person, { ...who, username: identifier })
      expect(person.text()).toContain('Zweiten Faktor einrichten')
    }
  })

  test('unknown user and wrong password get the same page', async () => {
    const who = await provider.addAccount()
    const pages = []
    for (const username of [who.username, 'nobody-of-that-name']) {
      const { person } = await arrive(portal, {}, new Person())
      await signIn(person, { username, password: 'wrong' })
      expect(person.status).toBe(422)
      pages.push(
        person.html
          .replaceAll(username, 'NAME')
          .replace(/\/interaction\/[\w-]+/g, '')
          .replace(/_csrf" value="[^"]+/g, ''),
      )
    }
    expect(pages[0]).toBe(pages[1])
    expect(pages[0]).toContain('Benutzername oder Passwort ist falsch.')
  })
})
