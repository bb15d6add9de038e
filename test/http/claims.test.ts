import { decodeJwt } from 'jose'
import * as oidc from 'openid-client'
import { authorization, configured, passThrough, THIRD_PARTY } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'

const API = 'https://api.jobcenter.example/'
const WITH_NAMES = {
  ...THIRD_PARTY,
  scope: ['openid', 'profile', 'email', 'kundennummer'],
  claims: { name: 'name', kdnr: 'kundennummer' } as const,
  resources: { [API]: ['antraege.lesen'] },
}
const BARE = { ...CLIENT, clientId: 'bare', claims: {} }
const ERIKA = { givenName: 'Erika', familyName: 'Muster', email: 'erika@example.org', emailVerified: true }
const ALL = ['name', 'given_name', 'preferred_username', 'email', 'kundennummer', 'kdnr', 'groups']
/** Asked for by name on top of what the scopes say. */
const NAMED = JSON.stringify({
  id_token: Object.fromEntries(ALL.map((claim) => [claim, null])),
  userinfo: Object.fromEntries(ALL.map((claim) => [claim, null])),
})

describe('Claims about a person', () => {
  let provider: TestProvider
  let count = 0
  beforeAll(async () => {
    provider = await startProvider({
      ...(await postgres.open()),
      clients: [WITH_NAMES, BARE],
      resources: [{ identifier: API, name: 'Anträge', scopes: ['antraege.lesen'], accessTokenLifetime: 120 }],
    })
  })
  afterAll(() => provider?.close())

  const login = async (client: typeof CLIENT, more: Record<string, string> = {}) => {
    const config = await configured(provider.issuer, client)
    const { verifier, parameters } = await authorization(client, {
      scope: client.scope.join(' '),
      claims: NAMED,
      ...more,
    })
    const about = { ...ERIKA, email: `erika${++count}@example.org`, customerNumber: `123A0${count}` }
    const url = oidc.buildAuthorizationUrl(config, parameters).href
    const { person, who } = await passThrough(provider, url, undefined, about)
    const finish = (options: Record<string, string> = {}) =>
      oidc.authorizationCodeGrant(config, person.answer, { pkceCodeVerifier: verifier }, options)
    return { config, person, who, about, finish }
  }
  const personal = (claims: object) => Object.keys(claims).filter((claim) => ALL.includes(claim))

  test('go out under the names of the file and no others, in ID token and userinfo alike; the page shows which', async () => {
    const { config, person, who, about, finish } = await login(WITH_NAMES)
    expect(person.text()).toContain('Ihr Name')
    expect(person.text()).toContain('Ihre Kundennummer')
    for (const hidden of ['E-Mail', 'Benutzername', 'Sprache', 'Kundengruppe'])
      expect(person.text()).not.toContain(hidden)
    await person.submit('/agree')
    const tokens = await finish()
    const told = { name: 'Erika Muster', kdnr: about.customerNumber }
    const info = await oidc.fetchUserInfo(config, tokens.access_token, who.id)
    for (const claims of [info, tokens.claims() ?? {}]) {
      expect(claims).toMatchObject(told)
      expect(personal(claims).sort()).toEqual(Object.keys(told).sort())
    }
    expect(tokens.claims()).toMatchObject({ sub: who.id, amr: ['pwd', 'otp', 'mfa'] })
  })

  test('an application whose file names none gets the sign-in alone', async () => {
    const { config, who, finish } = await login(BARE)
    const tokens = await finish()
    expect(personal(tokens.claims() ?? {})).toEqual([])
    expect(await oidc.fetchUserInfo(config, tokens.access_token, who.id)).toMatchObject({ sub: who.id })
  })

  test('access tokens for APIs carry none', async () => {
    const { person, finish } = await login(WITH_NAMES, {
      resource: API,
      scope: 'openid profile antraege.lesen',
    })
    await person.submit('/agree')
    const { access_token: token } = await finish({ resource: API })
    expect(personal(decodeJwt(token))).toEqual([])
  })

  test('one that the file lets out later is asked about again, even where its scope was agreed to', async () => {
    const { person } = await login(WITH_NAMES)
    await person.submit('/agree')
    const { live } = provider.settings
    const more = { ...WITH_NAMES, claims: { ...WITH_NAMES.claims, vorname: 'given_name' as const } }
    provider.app.reload({ ...live, clients: new Map([[more.clientId, more]]) })
    const { parameters } = await authorization(more, { scope: more.scope.join(' ') })
    const config = await configured(provider.issuer, more)
    await person.open(oidc.buildAuthorizationUrl(config, parameters).href)
    expect(person.text()).toContain('Ihr Vorname')
    provider.app.reload(live)
  })
})
