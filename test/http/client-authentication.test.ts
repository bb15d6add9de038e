import { randomUUID } from 'node:crypto'
import { SignJWT, UnsecuredJWT } from 'jose'
import * as oidc from 'openid-client'
import { configured, type KeyPair, keyPair, type Listener, listener } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'

const SECRET = 'the-secret-that-works-now'
const SERVICE = {
  ...CLIENT,
  profile: 'service' as const,
  grantTypes: ['client_credentials'],
  redirectUris: [],
  postLogoutRedirectUris: [],
  secret: SECRET,
}
const BASIC = { ...SERVICE, clientId: 'basic', nextSecret: 'the-secret-that-comes-next' }
const POST = { ...SERVICE, clientId: 'post', authMethod: 'client_secret_post' as const }
const { secret: _, ...keyed } = { ...SERVICE, authMethod: 'private_key_jwt' as const }
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

describe('How an application proves itself', () => {
  let provider: TestProvider
  let keys: KeyPair
  let publisher: Listener
  let canary: Listener
  const signer = { ...keyed, clientId: 'signer' }
  const publishing = { ...keyed, clientId: 'publishing' }
  const inside = { ...keyed, clientId: 'inside' }
  beforeAll(async () => {
    keys = await keyPair('k1')
    publisher = await listener(() => ({ status: 200, body: { keys: [keys.jwk] } }))
    canary = await listener(() => ({ status: 200, body: { keys: [keys.jwk] } }))
    provider = await startProvider({
      ...(await postgres.open()),
      privateHosts: [publisher.host],
      clients: [
        BASIC,
        POST,
        { ...signer, keys: { jwks: { keys: [keys.jwk] } } },
        { ...publishing, keys: { jwksUri: `${publisher.origin}/jwks` } },
        { ...inside, keys: { jwksUri: `${canary.origin}/jwks` } },
      ],
    })
  })
  afterAll(async () => {
    await provider?.close()
    await publisher?.close()
    await canary?.close()
  })

  const token = (body: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${provider.issuer}/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ grant_type: 'client_credentials', ...body }),
    })
  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  })
  const assertion = (claims: Record<string, unknown> = {}) => ({
    iss: signer.clientId,
    sub: signer.clientId,
    aud: provider.issuer,
    jti: randomUUID(),
    exp: Math.floor(Date.now() / 1000) + 60,
    iat: Math.floor(Date.now() / 1000),
    ...claims,
  })
  const signed = (claims: Record<string, unknown> = {}) =>
    new SignJWT(assertion(claims)).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(keys.key)
  const withAssertion = (jwt: string) => token({ client_assertion: jwt, client_assertion_type: ASSERTION })

  test.each([
    ['client_secret_basic', () => BASIC],
    ['client_secret_post', () => POST],
    ['private_key_jwt', () => signer],
    ['private_key_jwt by keys it publishes', () => publishing],
  ])('%s works', async (_name, client) => {
    const config = await configured(provider.issuer, client(), keys)
    expect((await oidc.clientCredentialsGrant(config)).access_token).toBeTruthy()
  })

  test('either of two secrets works, and no third', async () => {
    for (const [secret, status] of [
      [SECRET, 200],
      [BASIC.nextSecret, 200],
      ['another', 401],
      ['', 400],
    ] as const)
      expect([secret, (await token({}, basic('basic', secret))).status]).toEqual([secret, status])
  })

  test.each([
    ['a wrong secret', () => token({}, basic('basic', 'wrong'))],
    ['no secret', () => token({ client_id: 'basic' })],
    ['an unknown name', () => token({}, basic('nobody', 'x'))],
    ['two ways at once', () => token({ client_id: 'basic', client_secret: SECRET }, basic('basic', SECRET))],
    ['a secret where keys are registered', () => token({ client_id: 'signer', client_secret: 'x' })],
    ['an unsigned assertion', () => withAssertion(new UnsecuredJWT(assertion()).encode())],
    [
      'an assertion for somebody else',
      async () => withAssertion(await signed({ aud: 'https://evil.example' })),
    ],
    ['an assertion that has expired', async () => withAssertion(await signed({ exp: 1 }))],
    ['an assertion of another issuer', async () => withAssertion(await signed({ iss: 'basic' }))],
    [
      'an assertion made with the public key as a secret',
      async () =>
        withAssertion(
          await new SignJWT(assertion())
            .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
            .sign(new TextEncoder().encode(JSON.stringify(keys.jwk).padEnd(64))),
        ),
    ],
    [
      'an assertion by a key that nobody registered',
      async () =>
        withAssertion(
          await new SignJWT(assertion())
            .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
            .sign((await keyPair('k1')).key),
        ),
    ],
  ])('%s is refused, and the answer is not kept', async (_name, send) => {
    const response = await send()
    expect([400, 401]).toContain(response.status)
    expect(response.headers.get('cache-control')).toContain('no-store')
    expect(await response.json()).toMatchObject({
      error: expect.stringMatching(/^invalid_(client|request)$/),
    })
  })

  test('an assertion works once, one after the other and side by side', async () => {
    const once = await signed()
    expect((await withAssertion(once)).status).toBe(200)
    expect((await withAssertion(once)).status).toBe(401)
    const another = await signed()
    const all = await Promise.all(Array.from({ length: 10 }, () => withAssertion(another)))
    expect(all.filter((response) => response.status === 200)).toHaveLength(1)
    expect(all.every((response) => response.status < 500)).toBe(true)
  })

  test('keys are not fetched from a private address that the operator did not name', async () => {
    const config = await configured(provider.issuer, inside, keys)
    await expect(oidc.clientCredentialsGrant(config)).rejects.toThrow()
    expect(canary.requests).toEqual([])
    expect(publisher.requests.map(({ path }) => path)).toContain('/jwks')
  })

  test.each([
    ['the password grant', { grant_type: 'password', username: 'max', password: 'x' }],
    ['a grant that the file does not name', { grant_type: 'refresh_token', refresh_token: 'x' }],
    ['token exchange', { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: 'x' }],
  ])('%s is refused', async (_name, body) => {
    expect((await token(body, basic('basic', SECRET))).status).toBe(400)
  })

  test('a token request is a form that is posted', async () => {
    const url = `${provider.issuer}/token`
    const json = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...basic('basic', SECRET) },
      body: '{"grant_type":"client_credentials"}',
    }
    expect((await fetch(url, json)).status).toBe(400)
    expect(
      (await fetch(`${url}?grant_type=client_credentials`, { headers: basic('basic', SECRET) })).status,
    ).toBe(404)
  })
})
