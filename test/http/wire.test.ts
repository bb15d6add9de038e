import { request } from 'node:http'
import { UnsecuredJWT } from 'jose'
import * as oidc from 'openid-client'
import { authorization, configured, passThrough } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { Person } from '../support/person.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'

const OTHER = {
  ...CLIENT,
  clientId: 'other',
  redirectUris: [...CLIENT.redirectUris, 'http://localhost:9/second'],
}
const BASIC = (id: string) => `Basic ${Buffer.from(`${id}:${CLIENT.secret}`).toString('base64')}`

describe('On the wire', () => {
  let provider: TestProvider
  let config: oidc.Configuration
  beforeAll(async () => {
    provider = await startProvider({ ...(await postgres.open()), clients: [CLIENT, OTHER] })
    config = await configured(provider.issuer, CLIENT)
  })
  afterAll(() => provider?.close())

  const redirect = CLIENT.redirectUris[0] ?? ''
  /** An authorization request that would be answered, but for what `more` changes or adds once more. */
  const address = async (more: Record<string, string> = {}, twice: Record<string, string> = {}) => {
    const { verifier, parameters } = await authorization(CLIENT, more)
    const url = oidc.buildAuthorizationUrl(config, parameters)
    for (const [name, value] of Object.entries(twice)) url.searchParams.append(name, value)
    return { url, verifier }
  }
  const token = (body: Record<string, string>, id = 'portal') =>
    fetch(`${provider.issuer}/token`, {
      method: 'POST',
      headers: { authorization: BASIC(id) },
      body: new URLSearchParams(body),
    })
  const coded = async () => {
    const { url, verifier } = await address()
    const { person, who } = await passThrough(provider, url.href)
    const code = person.answer.searchParams.get('code') ?? ''
    return { code, verifier, person, who, challenge: url.searchParams.get('code_challenge') ?? '' }
  }
  const exchange = (
    { code, verifier }: { code: string; verifier: string },
    more: Record<string, string> = {},
    id?: string,
  ) =>
    token(
      { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirect, ...more },
      id,
    )

  test('an unchanged request is answered', async () => {
    const given = await coded()
    expect((await exchange(given)).status).toBe(200)
  })

  test.each([
    `${redirect}/`,
    `${redirect}?x=1`,
    `${redirect}/sub`,
    redirect.replace('/callback', '/Callback'),
    redirect.replace('/callback', '/%63allback'),
    redirect.replace('http://', 'http://user@'),
    `${redirect}#fragment`,
    redirect.replace(':9', ':10'),
    redirect.replace('localhost', 'sub.localhost'),
    redirect.replace('localhost', 'localhost.evil.example'),
    redirect.replace('localhost', 'LOCALHOST'),
    `${redirect}\t`,
    redirect.replace('/callback', '\\callback'),
    redirect.replace('http:', 'https:'),
    'javascript:alert(1)',
    'http://localhost:9/../callback',
    '//localhost:9/callback',
    '',
  ])('an address that is not exactly registered is never opened: „%s“', async (redirect_uri) => {
    const { url } = await address({ redirect_uri })
    const person = await new Person().open(url.href)
    expect([person.url.startsWith(provider.issuer), person.status]).toEqual([true, 400])
  })

  test.each([
    ['redirect_uri', redirect],
    ['client_id', 'other'],
    ['scope', 'openid'],
    ['state', 'another'],
    ['code_challenge', 'x'.repeat(43)],
  ])('a parameter that comes twice is refused: %s', async (name, value) => {
    const { url } = await address({ state: 'one' }, { [name]: value })
    const person = await new Person().open(url.href)
    expect(person.url).not.toContain('/interaction/')
    expect(person.answer.searchParams.get('code')).toBeNull()
  })

  test('markup in the name of a client stays text', async () => {
    const { url } = await address()
    url.searchParams.set('client_id', '"><script>alert(1)</script>')
    const person = await new Person().open(url.href)
    expect(person.status).toBe(400)
    expect(person.html).not.toContain('<script>alert')
  })

  test.each([
    ['line breaks in state', { state: 'a\r\nSet-Cookie: evil=1' }],
    ['a zero byte in nonce', { nonce: 'a\u0000b' }],
    ['12 kB of state', { state: 'x'.repeat(12_000) }],
    ['markup as a name', { login_hint: '"><script>alert(1)</script>' }],
    ['a path as a language', { ui_locales: '../../../etc/passwd' }],
    ['claims that are no JSON', { claims: '{' }],
    ['claims that are a list', { claims: '[]' }],
    ['a negative age', { max_age: '-1' }],
    ['none beside login', { prompt: 'none login' }],
  ])('%s does no harm', async (_what, parameters) => {
    const { url } = await address(parameters as unknown as Record<string, string>)
    const person = await new Person().open(url.href)
    expect(person.status).toBeLessThan(500)
    expect(person.html).not.toContain('<script>alert')
    expect(person.headers.get('set-cookie') ?? '').not.toContain('evil')
  })

  test.each([
    ['a short challenge', { code_challenge: 'short' }],
    ['a challenge of other letters', { code_challenge: '!'.repeat(43) }],
    ['no method', { code_challenge_method: '' }],
    ['response_type none', { response_type: 'none' }],
    ['response_type code token', { response_type: 'code token' }],
  ])('%s is refused with an error, and with iss', async (_what, parameters) => {
    const { url } = await address(parameters as unknown as Record<string, string>)
    const person = await new Person().open(url.href)
    const answer = new URLSearchParams(person.answer.search || person.answer.hash.slice(1))
    expect(answer.get('error')).toBeTruthy()
    expect(answer.get('iss')).toBe(provider.issuer)
  })

  test.each([
    [
      'the challenge as verifier',
      (given: Awaited<ReturnType<typeof coded>>) => exchange(given, { code_verifier: given.challenge }),
    ],
    [
      'another verifier',
      (given: Awaited<ReturnType<typeof coded>>) => exchange(given, { code_verifier: 'x'.repeat(43) }),
    ],
    [
      'another address',
      (given: Awaited<ReturnType<typeof coded>>) =>
        exchange(given, { redirect_uri: 'http://localhost:9/second' }),
    ],
    ['another client', (given: Awaited<ReturnType<typeof coded>>) => exchange(given, {}, 'other')],
  ])('a code is not given for %s', async (_what, send) => {
    const response = await send(await coded())
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'invalid_grant' })
  })

  test('refresh tokens give no more than the login did, and to nobody else', async () => {
    const given = await coded()
    const { refresh_token } = (await (await exchange(given)).json()) as { refresh_token: string }
    const refresh = (more: Record<string, string>, id?: string) =>
      token({ grant_type: 'refresh_token', refresh_token, ...more }, id)
    expect(await (await refresh({ scope: 'openid email' })).json()).toMatchObject({ error: 'invalid_scope' })
    expect(await (await refresh({}, 'other')).json()).toMatchObject({ error: 'invalid_grant' })
    expect((await refresh({})).status).toBe(200)
  })

  test.each([
    ['in the query', async (access: string) => fetch(`${provider.issuer}/userinfo?access_token=${access}`)],
    ['that is an ID token', async (_: string, id: string) => bearer(id)],
    ['that is unsigned', async () => bearer(new UnsecuredJWT({ sub: 'x', iss: provider.issuer }).encode())],
    ['that is made up', async () => bearer('x'.repeat(43))],
    ['that is a refresh token', async (_: string, __: string, refresh: string) => bearer(refresh)],
  ])('userinfo takes no access token %s', async (_what, send) => {
    const given = await coded()
    const tokens = (await (await exchange(given)).json()) as Record<string, string>
    expect((await bearer(tokens.access_token ?? '')).status).toBe(200)
    const { access_token = '', id_token = '', refresh_token = '' } = tokens
    const response = await send(access_token, id_token, refresh_token)
    expect([400, 401]).toContain(response.status)
    expect(await response.text()).not.toContain(given.who.id)
  })

  const bearer = (token: string) =>
    fetch(`${provider.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } })

  test.each(['TRACE', 'PUT', 'DELETE', 'PATCH'])('%s is no method of any address', async (method) => {
    for (const path of [
      '/',
      '/authorize',
      '/token',
      '/userinfo',
      '/logout',
      '/device',
      '/par',
      '/help',
      '/interaction/x',
    ]) {
      const status = await new Promise<number>((done, fail) =>
        request(`${provider.issuer}${path}`, { method }, (response) => {
          response.resume()
          done(response.statusCode ?? 0)
        })
          .on('error', fail)
          .end(),
      )
      expect([path, [400, 404, 405, 501].includes(status)]).toEqual([path, true])
    }
  })

  test('what was posted is never posted on: every redirect after a form is 303', async () => {
    const who = await provider.addAccount()
    const person = await new Person().open((await address()).url.href)
    const { target, body } = person.form('/answer', { identifier: who.username, password: who.password })
    const headers = { origin: target.origin }
    expect((await person.send(target, { method: 'POST', body, headers })).status).toBe(303)
  })
})
