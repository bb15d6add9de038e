import { decodeJwt } from 'jose'
import { atAccount, links, signInWithCode } from '../support/account-person.ts'
import { type Listener, listener, THIRD_PARTY, until } from '../support/applications.ts'
import { postgresAndRedis } from '../support/backends.ts'
import { arrive, codeAt, enter, type Portal, typeCode } from '../support/login.ts'
import type { Person } from '../support/person.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const SIX_MINUTES = 6 * 60_000

describe('At the pages of one’s own account', () => {
  let provider: TestProvider
  let third: Portal
  let application: Listener
  beforeAll(async () => {
    application = await listener(() => ({ status: 200 }))
    const verein = { ...THIRD_PARTY, backchannelLogoutUri: `${application.origin}/logout` }
    const backend = await postgresAndRedis.open()
    const privateHosts = [application.host]
    provider = await startProvider({ ...backend, clients: [CLIENT, verein], privateHosts })
    third = await relyingParty(provider.issuer, verein)
  })
  afterAll(async () => {
    await provider?.close()
    await application?.close()
  })

  const events = async (id: string) =>
    (await provider.app.stores.audit.ofAccount(id, 100)).map(({ event }) => event)

  /** Signed in at the application of somebody else, which keeps its access. */
  async function connected(who: { username: string; password: string }, key: string) {
    const { person, request } = await arrive(third, {
      scope: 'openid offline_access email',
      prompt: 'consent',
    })
    await signInWithCode(provider, person, who, key)
    await person.submit('/agree')
    const tokens = await third.finish(person.answer, request)
    return { person, tokens, refresh: tokens.refresh_token ?? '', sid: tokens.claims()?.sid }
  }
  const send = (person: Person, action: string) => {
    const { target, body } = person.form(action)
    return person.send(target, { method: 'POST', body, headers: { origin: provider.issuer } })
  }

  test.each([
    'add',
    'sessions/end',
    'sessions/end-others',
    'applications/verein/withdraw',
    'data/language',
    'data/download',
    'email',
    'email/code',
    'delete',
  ])('nothing is done by a form of another site: %s', async (action) => {
    const { who, person } = await atAccount(provider)
    const before = await events(who.id)
    const response = await person.send(`/account/${action}`, { method: 'POST', body: new URLSearchParams() })
    expect([response.status, await events(who.id)]).toEqual([403, before])
  })

  describe('a connected application', () => {
    test('is listed with what it may have in plain words, since when and when last used', async () => {
      const { who, person, key } = await atAccount(provider)
      await person.open(`${provider.issuer}/account/applications`)
      expect(person.text()).toContain('Sie waren noch bei keinem Dienst angemeldet.')
      await connected(who, key)
      await person.open(`${provider.issuer}/account/applications`)
      for (const words of [
        'Beratung Saale e. V.',
        'damit wir Sie beraten können.',
        'Ihre E-Mail-Adresse',
        'Verbunden seit: ',
        'Zuletzt angemeldet: ',
      ])
        expect(person.text()).toContain(words)
      expect(person.text()).not.toContain('Ihre Kundennummer')
    })

    test('is disconnected at once: tokens, consent and its sign-in end, and it is told', async () => {
      const { who, person, key } = await atAccount(provider)
      const at = await connected(who, key)
      await person.open(`${provider.issuer}/account/applications`)
      await person.open(links(person, '/withdraw')[0] ?? '')
      // A double click, or two windows: one of them does it.
      const statuses = (await Promise.all([send(person, '/withdraw'), send(person, '/withdraw')])).map(
        ({ status }) => status,
      )
      expect(statuses.sort()).toEqual([303, 404])
      await expect(third.refresh(at.refresh)).rejects.toMatchObject({ error: 'invalid_grant' })
      await expect(third.userinfo(at.tokens.access_token, at.tokens.claims()?.sub ?? '')).rejects.toThrow()
      await until(() => application.requests.length > 0)
      const told = new URLSearchParams(application.requests.at(-1)?.body).get('logout_token') ?? ''
      expect(decodeJwt(told).sid).toBe(at.sid)
      expect((await events(who.id)).filter((event) => event === 'consent.withdrawn')).toHaveLength(1)
      await at.person.open((await third.start({ scope: 'openid email' })).url)
      expect(at.person.text()).toContain('Zustimmen und weiter')
    })

    test('is not disconnected without a fresh proof, by a foreign form, nor for somebody else', async () => {
      const { who, person, key } = await atAccount(provider)
      const at = await connected(who, key)
      const one = `${provider.issuer}/account/applications/verein/withdraw`
      await person.open(one)
      const { target, body } = person.form('/withdraw')
      const bare = await person.send(target, { method: 'POST', body: new URLSearchParams() })
      expect(bare.status).toBe(403)
      provider.clock.advance(SIX_MINUTES)
      const late = await person.send(target, { method: 'POST', body, headers: { origin: provider.issuer } })
      expect(late.headers.get('location')).toContain('pforte_confirm=yes')

      const stranger = await atAccount(provider)
      await stranger.person.open(one)
      expect(stranger.person.status).toBe(404)
      expect((await third.refresh(at.refresh)).access_token).toBeTruthy()
    })
  })

  describe('activity', () => {
    test('is told in words, page by page, and is nobody else’s', async () => {
      const { who, person } = await atAccount(provider)
      await provider.app.stores.audit.append({
        event: 'factor.refused',
        factor: 'password',
        reason: 'too_many_attempts',
        accountId: who.id,
      })
      await person.open(`${provider.issuer}/account/activity`)
      expect(person.text()).toContain('Nicht angenommen: Passwort, zu viele Versuche')
      expect(person.text()).toContain('Eingerichtet: Code aus einer App (TOTP)')
      expect(links(person, '/activity')).toHaveLength(1)
      const event = { event: 'session.ended', accountId: who.id } as const
      for (let n = 0; n < 25; n++) await provider.app.stores.audit.append(event)
      await person.open(`${provider.issuer}/account/activity?lang=en`)
      expect(person.text()).not.toContain('Set up')
      const [older = ''] = [...person.html.matchAll(/href="([^"]+before=\d+)"/g)].map(([, href]) => href)
      await person.open(older)
      expect(person.text()).toContain('Set up: Code from an app (TOTP)')
      expect(person.text()).toContain('To the newest entries')
      const other = await atAccount(provider)
      await other.person.open(older)
      expect(other.person.text()).not.toContain('zu viele Versuche')
    })
  })

  describe('one’s data', () => {
    test('come as a file with everything that is stored and no secret, after a fresh proof', async () => {
      const { who, person, key } = await atAccount(provider, { email: 'max.data@mail.example' })
      await connected(who, key)
      await person.open(`${provider.issuer}/account/data`)
      provider.clock.advance(SIX_MINUTES)
      await person.submit('/data/download')
      await enter(person, who)
      await typeCode(person, codeAt(key, provider.clock.now()))
      expect(person.url).toBe(`${provider.issuer}/account/data`)
      const response = await send(person, '/data/download')
      expect(response.headers.get('content-disposition')).toBe('attachment; filename="pforte.json"')
      const text = await response.text()
      const data = JSON.parse(text)
      expect(data).toMatchObject({
        account: { id: who.id, username: who.username, email: 'max.data@mail.example' },
        signInMethods: [{ factor: 'password' }, { factor: 'totp' }],
        applications: [{ clientId: 'verein', consented: expect.arrayContaining(['email']) }],
        tokens: expect.arrayContaining([
          expect.objectContaining({ model: 'RefreshToken', clientId: 'verein' }),
        ]),
      })
      expect(data.sessions).toHaveLength(2)
      expect(data.activity[0].event).toBe('data.disclosed')
      const events = data.activity.map(({ event }: { event: string }) => event)
      expect(events).toEqual(expect.arrayContaining(['account.created', 'login.completed', 'consent.given']))
      expect(text).not.toMatch(new RegExp(`${key}|argon2|secret`, 'i'))
      expect((await person.send(`${provider.issuer}/account/data/download`)).status).toBe(405)
    })

    test('have a language, which is that of the mails and of the pages', async () => {
      const { who, person } = await atAccount(provider)
      await person.open(`${provider.issuer}/account/data`)
      await person.submit('/data/language', { language: 'xx' })
      expect((await provider.app.stores.accounts.byId(who.id))?.locale).toBe('de')
      await person.submit('/data/language')
      expect(person.text()).toContain('Language of your emails')
      expect((await provider.app.stores.accounts.byId(who.id))?.locale).toBe('en')
      const bare = await person.send('/account/data/language', {
        method: 'POST',
        body: new URLSearchParams(),
      })
      expect(bare.status).toBe(403)
    })
  })
})
