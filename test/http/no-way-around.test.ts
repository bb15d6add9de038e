import * as oidc from 'openid-client'
import { configured, KIOSK } from '../support/applications.ts'
import { embedded } from '../support/backends.ts'
import { arrive, codeAt, keyOn, type Portal, signIn, typeCode } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { policyOf } from '../support/policy.ts'
import { CLIENT, startProvider, type TestProvider, testClock } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
const DATE = Date.parse('2025-04-29T00:00:00+02:00')
const MACHINE = { ...CLIENT, clientId: 'machine', grantTypes: ['client_credentials'], redirectUris: [] }
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const [FILES, REGISTER] = ['https://akten.example/', 'https://register.example/'] as [string, string]
const PORTAL = { ...CLIENT, resources: { [FILES]: ['lesen'] } }
const API = {
  ...MACHINE,
  clientId: 'akten',
  grantTypes: [EXCHANGE],
  exchanges: [FILES],
  resources: { [REGISTER]: ['lesen'] },
}
const basic = ({ clientId, secret }: typeof CLIENT) =>
  `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`

/** Everything that one person has from before the date, when a password was enough. */
interface Before {
  person: Person
  id: string
  refresh: string
  access: string
  idToken: string
  code: { code: string; code_verifier: string }
  deviceCode: string
  apiToken: string
  pushed: URL
}

describe('From the date on there is no way around the second factor', () => {
  const clock = testClock()
  let provider: TestProvider
  let portal: Portal
  let discovery: Record<string, unknown>
  let had: Before
  beforeAll(async () => {
    clock.advance(DATE - 3_600_000 - clock.now())
    const policy = policyOf({ require: DATE })
    provider = await startProvider({
      ...(await embedded.open()),
      policy,
      clock,
      clients: [PORTAL, MACHINE, KIOSK, API],
      resources: [FILES, REGISTER].map((identifier) => ({
        identifier,
        name: identifier,
        scopes: ['lesen'],
        accessTokenLifetime: 3600,
      })),
    })
    portal = await relyingParty(provider.issuer)
    discovery = (await (
      await fetch(`${provider.issuer}/.well-known/openid-configuration`)
    ).json()) as typeof discovery
    // What was proven is still fresh at the date, and a slow machine has time enough before it.
    clock.advance(DATE - 240_000 - clock.now())
    const who = await provider.addAccount()
    const { person, request } = await arrive(portal)
    await signIn(person, who)
    const tokens = await portal.finish(person.answer, request)
    const again = await arrive(portal, {}, person)
    had = {
      person,
      id: who.id,
      refresh: tokens.refresh_token ?? '',
      access: tokens.access_token,
      idToken: tokens.id_token ?? '',
      code: {
        code: again.person.answer.searchParams.get('code') ?? '',
        code_verifier: again.request.verifier,
      },
      deviceCode: await approvedDevice(who),
      apiToken: await tokenForApi(person),
      pushed: await pushed({ prompt: 'none' }),
    }
    expect(had.code.code).not.toBe('')
    clock.advance(DATE - clock.now())
  })
  afterAll(() => provider?.close())

  /** The code of a device that this person let in with a password. */
  async function approvedDevice(who: { username: string; password: string }): Promise<string> {
    const config = await configured(provider.issuer, KIOSK)
    const device = await oidc.initiateDeviceAuthorization(config, { scope: 'openid' })
    const person = await new Person().open(`${provider.issuer}/device`)
    await person.submit('/device', { user_code: device.user_code })
    await person.submit('/device', { confirm: 'yes' })
    await signIn(person, who)
    expect(person.text()).toContain('Ihr Gerät ist angemeldet')
    return device.device_code
  }

  /** What the portal calls an API with. */
  async function tokenForApi(person: Person): Promise<string> {
    const { request } = await arrive(portal, { scope: 'openid lesen', resource: FILES }, person)
    const checks = {
      pkceCodeVerifier: request.verifier,
      expectedState: request.state,
      expectedNonce: request.nonce,
    }
    const given = await oidc.authorizationCodeGrant(portal.config, person.answer, checks, { resource: FILES })
    return given.access_token
  }

  async function pushed(parameters: Record<string, string>): Promise<URL> {
    const { searchParams } = new URL((await portal.start(parameters)).url)
    return oidc.buildAuthorizationUrlWithPAR(portal.config, Object.fromEntries(searchParams))
  }

  const token = async (body: Record<string, string>, client: typeof CLIENT = CLIENT) => {
    const headers = new Headers(client.secret ? { authorization: basic(client) } : {})
    const response = await fetch(`${provider.issuer}/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams(body),
    })
    return { status: response.status, body: (await response.json()) as Record<string, string> }
  }

  /** How each grant that there is would be tried; resolves to what the token endpoint says. */
  const GRANTS: Record<string, () => Promise<{ status: number; body: Record<string, string> }>> = {
    authorization_code: () =>
      token({ grant_type: 'authorization_code', redirect_uri: CLIENT.redirectUris[0] ?? '', ...had.code }),
    refresh_token: () => token({ grant_type: 'refresh_token', refresh_token: had.refresh }),
    client_credentials: () => token({ grant_type: 'client_credentials' }, MACHINE),
    [EXCHANGE]: () =>
      token(
        {
          grant_type: EXCHANGE,
          subject_token: had.apiToken,
          subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          resource: REGISTER,
        },
        API,
      ),
    [DEVICE]: () => token({ grant_type: DEVICE, device_code: had.deviceCode, client_id: 'kiosk' }, KIOSK),
  }

  test('by any grant that the provider announces: all of them are tried here', () => {
    expect((discovery.grant_types_supported as string[]).toSorted()).toEqual(Object.keys(GRANTS).sort())
  })

  test.each(['authorization_code', 'refresh_token', DEVICE])(
    'by %s on what was given out before',
    async (grant) => {
      expect(await GRANTS[grant]?.()).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    },
  )

  test('by token exchange on what an API was called with before', async () => {
    expect(await GRANTS[EXCHANGE]?.()).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', error_description: 'subject_token proves less than is demanded' },
    })
  })

  test('by client_credentials: what an application gets for itself speaks of no account', async () => {
    const { status, body } = (await GRANTS.client_credentials?.()) ?? {}
    expect(status).toBe(200)
    expect(body).not.toHaveProperty('id_token')
    expect(body).not.toHaveProperty('refresh_token')
    const headers = { authorization: basic(MACHINE) }
    const form = new URLSearchParams({ token: body?.access_token ?? '' })
    const seen = await (
      await fetch(`${provider.issuer}/introspect`, { method: 'POST', headers, body: form })
    ).json()
    expect(seen).toMatchObject({ active: true, client_id: 'machine' })
    expect(JSON.stringify(seen)).not.toContain(had.id)
    const userinfo = await fetch(`${provider.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${body?.access_token}` },
    })
    expect(userinfo.status).toBeGreaterThanOrEqual(400)
  })

  test.each(['password', 'urn:ietf:params:oauth:grant-type:jwt-bearer', 'urn:openid:params:grant-type:ciba'])(
    'by a grant that the provider does not know: %s',
    async (grant_type) => {
      const body = {
        grant_type,
        subject_token: had.access,
        assertion: had.idToken,
        device_code: 'x',
        username: 'max1',
      }
      expect(await token(body)).toMatchObject({ status: 400, body: { error: 'unsupported_grant_type' } })
    },
  )

  test('by any address that the provider announces: each is known here for what it gives', () => {
    const addresses = Object.keys(discovery).filter((key) => /_(endpoint|uri)$/.test(key))
    expect(addresses.sort()).toEqual([
      'authorization_endpoint', // below
      'device_authorization_endpoint', // its codes are tried above
      'end_session_endpoint', // gives nothing
      'introspection_endpoint', // gives nothing
      'jwks_uri', // gives nothing
      'pushed_authorization_request_endpoint', // below
      'revocation_endpoint', // gives nothing
      'token_endpoint', // above
      'userinfo_endpoint', // takes access tokens, gives none
    ])
    expect(discovery.response_types_supported).toEqual(['code'])
  })

  const REQUESTS: [string, Record<string, string>][] = [
    ['an ordinary request', {}],
    ['a silent request', { prompt: 'none' }],
    ['a silent request with a hint of who it is', { prompt: 'none', id_token_hint: 'theirs' }],
    ['a hint of who it is', { id_token_hint: 'theirs' }],
    ['a login hint', { login_hint: 'max1' }],
    ['a request for consent', { prompt: 'consent' }],
    ['a request for offline access with consent', { prompt: 'consent', scope: 'openid offline_access' }],
    ['a request for the lowest level', { acr_values: 'https://refeds.org/profile/sfa' }],
    ['a request that insists on the lowest level', { claims: 'sfa' }],
    ['a request for an unknown level', { acr_values: 'urn:none' }],
    ['a great max_age', { max_age: '99999999' }],
    ['an answer by form', { response_mode: 'form_post' }],
    ['a request without the openid scope', { scope: 'profile' }],
    ['a silent request without the openid scope', { scope: 'profile', prompt: 'none' }],
  ]
  const filled = (parameters: Record<string, string>): Record<string, string> => ({
    ...parameters,
    ...(parameters.id_token_hint ? { id_token_hint: had.idToken } : {}),
    ...(parameters.claims
      ? { claims: '{"id_token":{"acr":{"essential":true,"value":"https://refeds.org/profile/sfa"}}}' }
      : {}),
  })
  const gaveNothing = (person: Person): void => {
    expect(person.url).not.toMatch(/[?&#](code|access_token|id_token)=/)
    expect(person.html).not.toMatch(/name="(code|access_token|id_token)" value/)
  }

  test.each(REQUESTS)('by %s in the session from before', async (_, parameters) => {
    const { person } = await arrive(portal, filled(parameters), had.person)
    gaveNothing(person)
    if (!person.url.includes('/interaction/')) expect(person.answer.searchParams.get('error')).toBeTruthy()
  })

  test.each(REQUESTS)('by %s that is sent by POST', async (_, parameters) => {
    const request = new URL((await portal.start(filled(parameters))).url)
    const body = request.searchParams
    await had.person.open(`${request.origin}${request.pathname}`, { method: 'POST', body })
    gaveNothing(had.person)
  })

  test('by a pushed request, from before or from now', async () => {
    for (const url of [had.pushed, await pushed({ prompt: 'none' }), await pushed({})]) {
      await had.person.open(url.href)
      gaveNothing(had.person)
    }
  })

  test('by going on with a login that has not come to its end', async () => {
    const { person } = await arrive(portal, {}, had.person)
    const uid = /interaction\/([^/?]+)/.exec(person.url)?.[1] ?? ''
    expect(uid).not.toBe('')
    for (const path of [`/authorize/${uid}`, `/interaction/${uid}`]) {
      await person.open(`${provider.issuer}${path}`)
      gaveNothing(person)
    }
  })

  test('by the access token from before: it gives no further token', async () => {
    for (const path of ['/authorize', '/token']) {
      const response = await fetch(`${provider.issuer}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${had.access}` },
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: had.access,
          client_id: 'portal',
        }),
        redirect: 'manual',
      })
      expect(response.status).toBeGreaterThanOrEqual(400)
    }
  })

  test('and whoever has the second factor comes in by the same requests', async () => {
    const { person, request } = await arrive(portal, {}, new Person())
    await signIn(person, await provider.addAccount())
    await typeCode(person, codeAt(keyOn(person), clock.now()))
    await person.submit('/continue')
    const tokens = await portal.finish(person.answer, request)
    expect((await portal.refresh(tokens.refresh_token ?? '')).access_token).toBeTruthy()
    const silent = await arrive(portal, { prompt: 'none' }, person)
    expect(silent.person.answer.searchParams.get('code')).toBeTruthy()
  })
})
