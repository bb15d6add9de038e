import * as oidc from 'openid-client'
import type { ClientSettings } from '../../src/settings/types.ts'
import { authorization, configured, passThrough, THIRD_PARTY } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { Person } from '../support/person.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'

const { secret: _, ...open } = { ...CLIENT, authMethod: 'none' as const }
const APP = {
  ...open,
  clientId: 'app',
  profile: 'native' as const,
  redirectUris: ['http://127.0.0.1/callback', 'de.jobcenter.app:/callback'],
}

describe('Consent', () => {
  let provider: TestProvider
  beforeAll(async () => {
    provider = await startProvider({ ...(await postgres.open()), clients: [CLIENT, THIRD_PARTY, APP] })
  })
  afterAll(() => provider?.close())

  const request = async (client: ClientSettings, more: Record<string, string> = {}) => {
    const config = await configured(provider.issuer, client)
    const { verifier, parameters } = await authorization(client, { scope: 'openid profile', ...more })
    return { config, verifier, url: oidc.buildAuthorizationUrl(config, parameters).href }
  }
  /** At the page, signed in with both factors. */
  const asked = async (more: Record<string, string> = {}) => {
    const { config, verifier, url } = await request(THIRD_PARTY, more)
    return { config, verifier, ...(await passThrough(provider, url)) }
  }

  test("a third party's page says who gets what and what for; agreeing gives that and no more", async () => {
    const { config, verifier, person, who } = await asked()
    expect(person.text()).toContain('Diese Daten gehen an Beratung Saale e. V.')
    expect(person.text()).toContain('damit wir Sie beraten können.')
    expect(person.text()).toContain('Ihr Name')
    expect(person.text()).not.toContain('E-Mail')
    const sizes = [
      ...person.html.matchAll(/<button class="(kern-btn[^"]*)"[^>]*><span[^>]*>(Zustimmen|Nicht zustimmen)/g),
    ]
    expect(new Set(sizes.map(([, style]) => style)).size).toBe(1)
    expect(sizes).toHaveLength(2)
    await person.submit('/agree')
    const tokens = await oidc.authorizationCodeGrant(config, person.answer, { pkceCodeVerifier: verifier })
    const claims = await oidc.fetchUserInfo(config, tokens.access_token, who.id)
    expect(claims).toMatchObject({ preferred_username: who.username })
    expect(claims).not.toHaveProperty('email')
  })

  test('what was agreed to is remembered on any browser; what is new is asked', async () => {
    const { person, who } = await asked()
    await person.submit('/agree')
    const again = await request(THIRD_PARTY)
    await person.open(again.url)
    expect(person.answer.searchParams.get('code')).toBeTruthy()
    expect(await provider.app.stores.consents.of(who.id, 'verein')).toEqual(
      expect.arrayContaining(['openid', 'profile']),
    )
    const more = await request(THIRD_PARTY, { scope: 'openid profile email' })
    await person.open(more.url)
    expect(person.text()).toContain('Ihre E-Mail-Adresse')
    const named = await request(THIRD_PARTY, { claims: JSON.stringify({ userinfo: { kundennummer: null } }) })
    await person.open(named.url)
    expect(person.text()).toContain('Ihre Kundennummer')
    const asked2 = await request(THIRD_PARTY, { prompt: 'consent' })
    await person.open(asked2.url)
    expect(person.text()).toContain('Diese Daten gehen an')
  })

  test('not agreeing tells the application, gives nothing and is asked again', async () => {
    const { person, who } = await asked()
    await person.submit('/abort')
    expect(person.answer.searchParams.get('error')).toBe('access_denied')
    expect(await provider.app.stores.consents.of(who.id, 'verein')).toEqual([])
    await person.open((await request(THIRD_PARTY)).url)
    expect(person.text()).toContain('Diese Daten gehen an')
  })

  test('nothing is given silently before, and nothing by agreeing without having signed in', async () => {
    const { person } = await asked()
    await person.open((await request(THIRD_PARTY, { prompt: 'none' })).url)
    expect(person.answer.searchParams.get('error')).toMatch(/consent_required|interaction_required/)
    const stranger = await new Person().open((await request(THIRD_PARTY)).url)
    const { target, body } = stranger.form('/answer')
    const forged = new URL(`${target.pathname.replace('/answer', '/agree')}`, target)
    const response = await stranger.send(forged, {
      method: 'POST',
      body: new URLSearchParams({ _csrf: body.get('_csrf') ?? '' }),
      headers: { origin: target.origin },
    })
    expect(response.headers.get('location')).toMatch(/^\/interaction\//)
    await stranger.open(stranger.url)
    expect(stranger.text()).toContain('Passwort')
  })

  test('the application of the agency itself is not asked about', async () => {
    const config = await configured(provider.issuer, CLIENT)
    const { parameters } = await authorization(CLIENT)
    const { person } = await passThrough(provider, oidc.buildAuthorizationUrl(config, parameters).href)
    expect(person.answer.searchParams.get('code')).toBeTruthy()
  })

  test('an app at an address that any program can take is asked about each time, at any port of this machine', async () => {
    const { url, config, verifier } = await request(APP, { redirect_uri: 'http://127.0.0.1:9/callback' })
    const { person, who } = await passThrough(provider, url)
    expect(person.text()).toContain('Diese Daten gehen an')
    await person.submit('/agree')
    const tokens = await oidc.authorizationCodeGrant(config, person.answer, { pkceCodeVerifier: verifier })
    expect(tokens.claims()?.sub).toBe(who.id)
    await person.open((await request(APP, { redirect_uri: 'http://127.0.0.1:9/callback' })).url)
    expect(person.text()).toContain('Diese Daten gehen an')
  })

  test.each([
    ['another path', 'http://127.0.0.1:9/other'],
    ['another host of this machine', 'http://localhost:9/callback'],
    ['another scheme', 'de.evil.app:/callback'],
    ['another machine', 'http://192.0.2.1:9/callback'],
  ])('the rule of ports goes no further: %s', async (_what, redirect_uri) => {
    const person = await new Person().open((await request(APP, { redirect_uri })).url)
    expect(person.status).toBe(400)
    expect(person.url).toContain(provider.issuer)
  })

  test('a web application has no rule of ports', async () => {
    const config = await configured(provider.issuer, CLIENT)
    const { parameters } = await authorization(CLIENT, { redirect_uri: 'http://localhost:10/callback' })
    const person = await new Person().open(oidc.buildAuthorizationUrl(config, parameters).href)
    expect(person.status).toBe(400)
  })
})
