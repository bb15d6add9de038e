import * as oauth from 'oauth4webapi'
import * as oidc from 'openid-client'
import { openRegistration } from '../../src/cli/clients/registered.ts'
import type { ClientSettings } from '../../src/settings/types.ts'
import { authorization, configured, passThrough } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { Person } from '../support/person.ts'
import { CLIENT, type Options, startProvider, type TestProvider } from '../support/provider.ts'
import { discovered, HTTP } from '../support/web-api-client.ts'

const ASKED = {
  client_name: 'Beratung Saale',
  redirect_uris: ['http://localhost:9/callback'],
  scope: 'openid profile',
}
const DAY = 24 * 3600

describe('Applications that register themselves', () => {
  let provider: TestProvider
  let server: oauth.AuthorizationServer
  let options: Options
  beforeAll(async () => {
    options = {
      ...(await postgres.open()),
      clientRegistration: { profiles: ['web', 'spa', 'fapi2'], scope: ['openid', 'profile'] },
    }
    provider = await startProvider(options)
    server = await discovered(provider.issuer)
  })
  afterAll(() => provider?.close())

  const token = (profile = 'web') => openRegistration(provider.app.stores, profile, DAY)
  const register = async (asked: object, initialAccessToken?: string) =>
    oauth.processDynamicClientRegistrationResponse(
      await oauth.dynamicClientRegistrationRequest(server, asked, {
        ...(initialAccessToken ? { initialAccessToken } : {}),
        ...HTTP,
      }),
    )
  /** What a refused one hears: status, error, and in words. */
  const refused = async (asked: object, given: string) => {
    const response = await fetch(String(server.registration_endpoint), {
      method: 'POST',
      headers: { authorization: `Bearer ${given}`, 'content-type': 'application/json' },
      body: JSON.stringify(asked),
    })
    const body = (await response.json()) as { error: string; error_description: string }
    return { status: response.status, ...body }
  }
  const settingsOf = ({ client_id, client_secret }: oauth.Client): ClientSettings => ({
    ...CLIENT,
    clientId: client_id,
    secret: String(client_secret),
  })
  const request = async (client: ClientSettings, more = {}) => {
    const config = await configured(provider.issuer, client)
    const { verifier, parameters } = await authorization(client, { scope: 'openid profile', ...more })
    return { config, verifier, url: oidc.buildAuthorizationUrl(config, parameters).href }
  }

  test('sign people in, who are asked first and read its name; a restarted provider knows it', async () => {
    const registered = await register(ASKED, await token())
    expect(registered.client_id).toMatch(/^app-/)
    expect(registered).toMatchObject({ token_endpoint_auth_method: 'client_secret_basic' })
    const client = settingsOf(registered)
    const { config, verifier, url } = await request(client)
    const { person, who } = await passThrough(provider, url)
    expect(person.text()).toContain('Diese Daten gehen an Beratung Saale')
    await person.submit('/agree')
    const tokens = await oidc.authorizationCodeGrant(config, person.answer, { pkceCodeVerifier: verifier })
    expect(tokens.claims()?.sub).toBe(who.id)

    const issuer = provider.issuer
    const { port } = new URL(issuer)
    const second = await startProvider({ ...options, issuer })
    try {
      const body = new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: tokens.refresh_token ?? '',
      })
      const authorization = `Basic ${Buffer.from(`${client.clientId}:${client.secret}`).toString('base64')}`
      const response = await fetch(`${second.issuer}/token`, {
        method: 'POST',
        headers: { authorization },
        body,
      })
      expect([port, response.status]).toEqual([port, 200])
      const stranger = new Person()
      await stranger.open(url.replace(issuer, second.issuer))
      expect(stranger.html).toContain('Beratung Saale')
    } finally {
      await second.close()
    }
  })

  test('need a token, which is good for one, for a while, and for its profile', async () => {
    await expect(register(ASKED)).rejects.toThrow()
    expect(await refused(ASKED, 'made-up')).toMatchObject({ status: 401, error: 'invalid_token' })
    const once = await token()
    const all = await Promise.all(Array.from({ length: 5 }, () => refused(ASKED, once)))
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(all.filter(({ status }) => status === 401)).toHaveLength(4)
    const late = await openRegistration(provider.app.stores, 'web', -1)
    expect(await refused(ASKED, late)).toMatchObject({ status: 401 })
    const closed = await openRegistration(provider.app.stores, 'native', DAY)
    expect((await refused(ASKED, closed)).status).toBeGreaterThanOrEqual(400)
    const spa = await register(ASKED, await token('spa'))
    expect(spa).toMatchObject({ token_endpoint_auth_method: 'none' })
    expect(spa).not.toHaveProperty('client_secret')
  })

  test.each([
    [
      'an address on a public host without TLS',
      { redirect_uris: ['http://evil.example/cb'] },
      'redirect_uris',
    ],
    ['an address with a fragment', { redirect_uris: ['https://a.example/#x'] }, 'redirect_uris'],
    ['no address', { redirect_uris: [] }, 'redirect_uris'],
    ['a scope that is not open', { scope: 'openid kundennummer' }, 'scope'],
    ['an unknown scope', { scope: 'openid admin' }, 'scope'],
    ['a grant without people', { grant_types: ['client_credentials'] }, 'grant_types'],
    [
      'the grant of token exchange',
      { grant_types: ['urn:ietf:params:oauth:grant-type:token-exchange'] },
      'grant_types',
    ],
    ['a grant that there is not', { grant_types: ['password'] }, 'grant_types'],
    ['no signature', { id_token_signed_response_alg: 'none' }, 'id_token_signed_response_alg'],
    ['a symmetric key', { token_endpoint_auth_method: 'client_secret_jwt' }, 'token_endpoint_auth_method'],
    ['a private key', { jwks: { keys: [{ kty: 'EC', kid: 'a', d: 'x' }] } }, 'jwks'],
    ['the name of the portal', { client_name: 'Jobcenter Portal' }, 'client_name'],
    ['the name of the operator', { client_name: 'JOBCENTER  Musterstadt' }, 'client_name'],
    ['a name that turns around', { client_name: 'Portal\u202Etropp' }, 'client_name'],
  ])('are refused with %s, in words, and the token is not lost by it', async (_what, more, said) => {
    const given = await token()
    const answer = await refused({ ...ASKED, ...more }, given)
    expect(answer.status).toBe(400)
    expect(answer.error).toMatch(/^invalid_(client_metadata|redirect_uri)$/)
    expect(answer.error_description).toContain(said)
    expect((await register(ASKED, given)).client_id).toBeTruthy()
  })

  test('cannot make themselves the agency’s own, loosen their profile, or take an id', async () => {
    const more = {
      client_id: 'portal',
      client_secret: 'chosen',
      first_party: true,
      pkce: 'optional',
      require_pushed_authorization_requests: false,
      claims: { sub: 'kundennummer' },
      response_types: ['token'],
    }
    const registered = await register({ ...ASKED, ...more }, await token())
    expect(registered.client_id).not.toBe('portal')
    expect(registered.client_secret).not.toBe('chosen')
    expect(registered).toMatchObject({ response_types: ['code'] })
    const client = settingsOf(registered)
    const { url } = await request(client)
    const bare = new URL(url)
    bare.searchParams.delete('code_challenge')
    bare.searchParams.delete('code_challenge_method')
    const person = await new Person().open(bare.href)
    expect(person.answer.searchParams.get('error')).toBe('invalid_request')
    expect(
      await refused({ ...ASKED, require_pushed_authorization_requests: false }, await token('fapi2')),
    ).toMatchObject({
      status: 400,
    })
  })

  test('cannot read or change what they registered; the operator removes one, and its tokens end', async () => {
    const registered = await register(ASKED, await token())
    expect(registered).not.toHaveProperty('registration_access_token')
    const own = `${server.registration_endpoint}/${registered.client_id}`
    // Reading would need a token of a kind that nobody gets.
    for (const [method, status] of [
      ['GET', 401],
      ['PUT', 404],
      ['DELETE', 404],
    ] as const) {
      const response = await fetch(own, { method, headers: { authorization: `Bearer ${await token()}` } })
      expect([method, response.status]).toEqual([method, status])
    }
    const { config, verifier, url } = await request(settingsOf(registered))
    const { person } = await passThrough(provider, url)
    await person.submit('/agree')
    const tokens = await oidc.authorizationCodeGrant(config, person.answer, { pkceCodeVerifier: verifier })
    const event = { event: 'client.removed', clientId: registered.client_id } as const
    expect(await provider.app.stores.registrations.remove(registered.client_id, event)).toBe(true)
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toThrow()
    await person.open(url)
    expect(person.status).toBe(400)
  })

  test('are none where the operator has not opened registration, not even those from before', async () => {
    const registered = await register(ASKED, await token())
    const closed = await startProvider({ database: options.database })
    try {
      const found = await discovered(closed.issuer)
      expect(found).not.toHaveProperty('registration_endpoint')
      expect((await fetch(`${closed.issuer}/register`, { method: 'POST' })).status).toBe(404)
      const query = new URLSearchParams({ client_id: registered.client_id, response_type: 'code' })
      expect((await fetch(`${closed.issuer}/authorize?${query}`)).status).toBe(400)
    } finally {
      await closed.close()
    }
  })
})
