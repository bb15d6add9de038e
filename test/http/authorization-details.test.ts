import { decodeJwt } from 'jose'
import type * as oauth from 'oauth4webapi'
import * as oidc from 'openid-client'
import type { ClientSettings } from '../../src/settings/types.ts'
import { authorization, configured, KIOSK, passThrough } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { Person } from '../support/person.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'
import { discovered } from '../support/web-api-client.ts'

const API = 'https://antraege.example/'
const SENTENCES = {
  einreichen: { de: 'Einen Antrag für Sie einreichen', en: 'Submit an application for you' },
  zurueckziehen: { de: 'Einen Antrag für Sie zurückziehen', en: 'Withdraw an application for you' },
}
const resources = { [API]: ['antraege.lesen'] }
const PORTAL: ClientSettings = {
  ...CLIENT,
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
  resources,
  details: ['antrag'],
}
const OTHER: ClientSettings = { ...CLIENT, clientId: 'other', resources }
const WANTED = [{ type: 'antrag', actions: ['einreichen'], identifier: 'WBA 4711' }]

describe('Authorization in detail', () => {
  let provider: TestProvider
  beforeAll(async () => {
    provider = await startProvider({
      ...(await postgres.open()),
      clients: [PORTAL, OTHER, { ...KIOSK, details: ['antrag'], resources }],
      resources: [{ identifier: API, name: 'Anträge', scopes: ['antraege.lesen'], accessTokenLifetime: 120 }],
      details: { antrag: { resource: API, actions: SENTENCES } },
    })
  })
  afterAll(() => provider?.close())

  const request = async (details: unknown, client = PORTAL, more: Record<string, string> = {}) => {
    const config = await configured(provider.issuer, client)
    const { verifier, parameters } = await authorization(client, {
      resource: API,
      scope: 'openid antraege.lesen',
      authorization_details: JSON.stringify(details),
      ...more,
    })
    const finish = (answer: URL, asked: Record<string, string> = {}) =>
      oidc.authorizationCodeGrant(config, answer, { pkceCodeVerifier: verifier }, { resource: API, ...asked })
    return { config, url: oidc.buildAuthorizationUrl(config, parameters), parameters, finish }
  }
  const inToken = (token: string): unknown => decodeJwt(token).authorization_details

  test('is asked of people in plain words, each time, and stands in the token and its successors', async () => {
    const { url, finish, config } = await request(WANTED)
    const { person, who } = await passThrough(provider, url.href)
    expect(person.text()).toContain('Einen Antrag für Sie einreichen: WBA 4711')
    expect(person.text()).not.toContain('zurückziehen')
    await person.submit('/agree')
    const tokens = await finish(person.answer)
    expect(tokens.authorization_details).toEqual(WANTED)
    expect(inToken(tokens.access_token)).toEqual(WANTED)
    expect(decodeJwt(tokens.access_token).sub).toBe(who.id)
    const next = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', { resource: API })
    expect(inToken(next.access_token)).toEqual(WANTED)

    const again = await request(WANTED)
    await person.open(again.url.href)
    expect(person.text()).toContain('Einen Antrag für Sie einreichen')
    await person.submit('/abort')
    expect(person.answer.searchParams.get('error')).toBe('access_denied')
    const silent = await request(WANTED, PORTAL, { prompt: 'none' })
    await person.open(silent.url.href)
    expect(person.answer.searchParams.get('error')).toMatch(/consent_required|interaction_required/)
    const without = await request([])
    await person.open(without.url.href)
    expect(inToken((await without.finish(person.answer)).access_token)).toBeUndefined()
  })

  test('works pushed, too, and a token may be had for less, never for more', async () => {
    const two = [...WANTED, { type: 'antrag', actions: ['zurueckziehen'] }]
    const { config, parameters, finish } = await request(two)
    const pushed = await oidc.buildAuthorizationUrlWithPAR(config, parameters)
    const { person } = await passThrough(provider, pushed.href)
    await person.submit('/agree')
    const tokens = await finish(person.answer, { authorization_details: JSON.stringify(WANTED) })
    expect(inToken(tokens.access_token)).toEqual(WANTED)
    const more = JSON.stringify([{ type: 'antrag', actions: ['einreichen'], identifier: 'another' }])
    await expect(
      oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', {
        resource: API,
        authorization_details: more,
      }),
    ).rejects.toMatchObject({ error: 'invalid_authorization_details' })
  })

  test.each([
    ['an unknown type', [{ type: 'zahlung', actions: ['x'] }]],
    ['no action', [{ type: 'antrag' }]],
    ['an unknown action', [{ type: 'antrag', actions: ['loeschen'] }]],
    ['the name of what every object has', [{ type: 'antrag', actions: ['constructor'] }]],
    ['a field that nobody would read', [{ ...WANTED[0], betrag: 5000 }]],
    ['another place', [{ ...WANTED[0], locations: ['https://evil.example/'] }]],
    ['a name that turns around', [{ ...WANTED[0], identifier: 'a\u202Eb' }]],
    ['a name that is a page', [{ ...WANTED[0], identifier: 'x'.repeat(61) }]],
    ['no list', { type: 'antrag' }],
    ['a list of nothing', [null]],
  ])('is refused with %s', async (_what, details) => {
    const { url } = await request(details)
    const { answer } = await new Person().open(url.href)
    expect(answer.searchParams.get('error')).toBe('invalid_authorization_details')
  })

  test('is refused without its API, to other applications, to devices, and where no person is', async () => {
    const { url } = await request(WANTED)
    url.searchParams.delete('resource')
    expect((await new Person().open(url.href)).answer.searchParams.get('error')).toBe('invalid_target')
    const other = await request(WANTED, OTHER)
    const { answer } = await new Person().open(other.url.href)
    expect(answer.searchParams.get('error')).toBe('invalid_authorization_details')
    const config = await configured(provider.issuer, PORTAL)
    const asked = { resource: API, authorization_details: JSON.stringify(WANTED) }
    await expect(oidc.clientCredentialsGrant(config, asked)).rejects.toMatchObject({
      error: 'invalid_authorization_details',
    })
    const kiosk = await configured(provider.issuer, KIOSK)
    await expect(
      oidc.initiateDeviceAuthorization(kiosk, { scope: 'openid', ...asked }),
    ).rejects.toMatchObject({
      error: 'invalid_authorization_details',
    })
  })

  test('is announced with its types', async () => {
    const found: oauth.AuthorizationServer = await discovered(provider.issuer)
    expect(found.authorization_details_types_supported).toEqual(['antrag'])
  })
})
