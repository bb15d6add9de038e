import { SignJWT, UnsecuredJWT } from 'jose'
import * as oidc from 'openid-client'
import { authorization, configured, type KeyPair, keyPair, passThrough } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { Person } from '../support/person.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'

const PORTAL = { ...CLIENT }
const OTHER = { ...CLIENT, clientId: 'other' }
const PUSHING = { ...CLIENT, clientId: 'pushing', pushedRequests: true }
const OLD = { ...CLIENT, clientId: 'old', pkce: 'optional' as const }

describe('How an application asks', () => {
  let provider: TestProvider
  let keys: KeyPair
  let config: oidc.Configuration
  const SIGNING = { ...CLIENT, clientId: 'signing', signedRequests: true }
  beforeAll(async () => {
    keys = await keyPair('r1')
    const signing = { ...SIGNING, keys: { jwks: { keys: [keys.jwk] } } }
    provider = await startProvider({
      ...(await postgres.open()),
      clients: [PORTAL, OTHER, PUSHING, OLD, signing],
    })
    config = await configured(provider.issuer, PORTAL)
  })
  afterAll(() => provider?.close())

  const opened = async (url: URL) => new Person().open(url.href)
  const atLogin = (person: Person): boolean => person.url.includes('/interaction/')

  describe('by a pushed request', () => {
    test('works, once', async () => {
      const pushing = await configured(provider.issuer, PUSHING)
      const { verifier, parameters } = await authorization(PUSHING)
      const url = await oidc.buildAuthorizationUrlWithPAR(pushing, parameters)
      const { person } = await passThrough(provider, url.href)
      const tokens = await oidc.authorizationCodeGrant(pushing, person.answer, { pkceCodeVerifier: verifier })
      expect(tokens.claims()?.acr).toBeTruthy()
      expect(atLogin(await opened(url))).toBe(false)
    })

    test('is the only way where the file says so', async () => {
      const pushing = await configured(provider.issuer, PUSHING)
      const { parameters } = await authorization(PUSHING)
      const person = await opened(oidc.buildAuthorizationUrl(pushing, parameters))
      expect(person.answer.searchParams.get('error')).toBe('invalid_request')
    })

    test('is worth nothing to another client, and cannot be changed on the way or guessed', async () => {
      const { parameters } = await authorization(PORTAL)
      const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters)
      const stolen = new URL(url)
      stolen.searchParams.set('client_id', 'other')
      expect(atLogin(await opened(stolen))).toBe(false)
      const changed = new URL(url)
      changed.searchParams.set('redirect_uri', 'https://evil.example/')
      changed.searchParams.set('scope', 'openid email')
      const person = await opened(changed)
      expect(atLogin(person)).toBe(true)
      await person.submit('/abort')
      expect(person.url).toContain(PORTAL.redirectUris[0])
      const guessed = new URL(url)
      guessed.searchParams.set('request_uri', 'urn:ietf:params:oauth:request_uri:guessed')
      expect(atLogin(await opened(guessed))).toBe(false)
    })

    test('needs the client to prove itself', async () => {
      const { parameters } = await authorization(PORTAL)
      const body = new URLSearchParams({ ...parameters, client_id: 'portal', response_type: 'code' })
      expect((await fetch(`${provider.issuer}/par`, { method: 'POST', body })).status).toBe(401)
    })
  })

  test('a request_uri elsewhere is never fetched', async () => {
    const { parameters } = await authorization(PORTAL)
    const url = oidc.buildAuthorizationUrl(config, {
      ...parameters,
      request_uri: 'http://127.0.0.1:9/request',
    })
    expect((await opened(url)).text()).toContain('request_uri_not_supported')
  })

  describe('by a signed request', () => {
    const claims = async (more: Record<string, unknown> = {}) => {
      const { parameters } = await authorization(SIGNING)
      const now = Math.floor(Date.now() / 1000)
      const times = { iat: now, nbf: now, exp: now + 60 }
      const all = { client_id: 'signing', response_type: 'code', ...parameters, ...times }
      return { iss: 'signing', aud: provider.issuer, ...all, ...more }
    }
    const send = async (request: string) => {
      const url = new URL(`${provider.issuer}/authorize`)
      url.search = new URLSearchParams({
        client_id: 'signing',
        request,
        response_type: 'code',
        scope: 'openid',
        redirect_uri: SIGNING.redirectUris[0] ?? '',
      }).toString()
      return opened(url)
    }

    test('works', async () => {
      const signing = await configured(provider.issuer, SIGNING)
      const { verifier, parameters } = await authorization(SIGNING)
      const url = await oidc.buildAuthorizationUrlWithJAR(signing, parameters, {
        key: keys.key,
        kid: keys.kid,
      })
      const { person } = await passThrough(provider, url.href)
      const tokens = await oidc.authorizationCodeGrant(signing, person.answer, { pkceCodeVerifier: verifier })
      expect(tokens.id_token).toBeTruthy()
    })

    test.each([
      ['without a signature', async () => new UnsecuredJWT(await claims()).encode()],
      [
        'with the client secret of another kind of key',
        async () =>
          new SignJWT(await claims())
            .setProtectedHeader({ alg: 'HS256' })
            .sign(new TextEncoder().encode((CLIENT.secret ?? '').padEnd(32, '0'))),
      ],
      [
        'with the public key as a secret',
        async () =>
          new SignJWT(await claims())
            .setProtectedHeader({ alg: 'HS256', kid: 'r1' })
            .sign(new TextEncoder().encode(JSON.stringify(keys.jwk))),
      ],
      [
        'by another key',
        async () =>
          new SignJWT(await claims())
            .setProtectedHeader({ alg: 'ES256', kid: 'r1' })
            .sign((await keyPair('r1')).key),
      ],
      [
        'for another provider',
        async () =>
          new SignJWT(await claims({ aud: 'https://evil.example' }))
            .setProtectedHeader({ alg: 'ES256', kid: 'r1' })
            .sign(keys.key),
      ],
      [
        'of another client',
        async () =>
          new SignJWT(await claims({ client_id: 'portal' }))
            .setProtectedHeader({ alg: 'ES256', kid: 'r1' })
            .sign(keys.key),
      ],
    ])('is refused %s', async (_name, make) => {
      const person = await send(await make())
      expect(atLogin(person)).toBe(false)
      expect(person.url + person.text()).toMatch(/invalid_request/)
    })

    test('is the only way where the file says so', async () => {
      const signing = await configured(provider.issuer, SIGNING)
      const { parameters } = await authorization(SIGNING)
      expect(atLogin(await opened(oidc.buildAuthorizationUrl(signing, parameters)))).toBe(false)
    })
  })

  describe('is answered', () => {
    test.each(['jwt', 'query.jwt'])('by a signed answer (response_mode=%s)', async (mode) => {
      const jarm = await configured(provider.issuer, PORTAL)
      oidc.useJwtResponseMode(jarm)
      const { verifier, parameters } = await authorization(PORTAL)
      const url = oidc.buildAuthorizationUrl(jarm, { ...parameters, response_mode: mode })
      const { person } = await passThrough(provider, url.href)
      expect([...person.answer.searchParams.keys()]).toEqual(['response'])
      const forged = new URL(person.answer)
      forged.searchParams.set('response', `${forged.searchParams.get('response')?.slice(0, -8)}AAAAAAAA`)
      await expect(
        oidc.authorizationCodeGrant(jarm, forged, { pkceCodeVerifier: verifier }),
      ).rejects.toThrow()
      const tokens = await oidc.authorizationCodeGrant(jarm, person.answer, { pkceCodeVerifier: verifier })
      expect(tokens.id_token).toBeTruthy()
    })

    test.each(['fragment', 'fragment.jwt'])('in the fragment (response_mode=%s)', async (mode) => {
      const { parameters } = await authorization(PORTAL)
      const url = oidc.buildAuthorizationUrl(config, { ...parameters, response_mode: mode })
      const { person } = await passThrough(provider, url.href)
      const answer = new URLSearchParams(person.answer.hash.slice(1))
      expect(answer.get(mode === 'fragment' ? 'code' : 'response')).toBeTruthy()
      if (mode === 'fragment') expect(answer.get('iss')).toBe(provider.issuer)
    })

    test.each(['form_post', 'form_post.jwt'])(
      'by a form on a page of ours (response_mode=%s)',
      async (mode) => {
        const { verifier, parameters } = await authorization(PORTAL)
        const url = oidc.buildAuthorizationUrl(config, {
          ...parameters,
          response_mode: mode,
          state: 'a&"<b>',
        })
        const { person } = await passThrough(provider, url.href)
        expect(person.text()).toContain('Es geht gleich weiter')
        expect(person.html).not.toMatch(/<script(?![^>]*\bsrc=)/)
        expect(person.headers.get('content-security-policy')).not.toContain('sha256')
        const { target, body } = person.form('/callback')
        expect(target.href).toBe(PORTAL.redirectUris[0])
        if (mode === 'form_post.jwt') return expect(body.get('response')).toBeTruthy()
        expect(body.get('iss')).toBe(provider.issuer)
        const answer = new Request(target, { method: 'POST', body })
        const tokens = await oidc.authorizationCodeGrant(config, answer, {
          pkceCodeVerifier: verifier,
          expectedState: 'a&"<b>',
        })
        expect(tokens.id_token).toBeTruthy()
      },
    )
  })

  test('an old application may do without PKCE where its file says so, and with PKCE is held to it', async () => {
    const old = await configured(provider.issuer, OLD)
    const plain = { redirect_uri: OLD.redirectUris[0] ?? '', scope: 'openid', nonce: 'n' }
    const { person } = await passThrough(provider, oidc.buildAuthorizationUrl(old, plain).href)
    const answer = person.answer
    await expect(
      oidc.authorizationCodeGrant(old, answer, {
        expectedNonce: 'n',
        pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
      }),
    ).rejects.toMatchObject({ error: 'invalid_grant' })
    const again = await person.open(oidc.buildAuthorizationUrl(old, plain).href)
    const tokens = await oidc.authorizationCodeGrant(old, again.answer, { expectedNonce: 'n' })
    expect(tokens.id_token).toBeTruthy()
    const { parameters } = await authorization(OLD)
    await person.open(oidc.buildAuthorizationUrl(old, parameters).href)
    await expect(oidc.authorizationCodeGrant(old, person.answer)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })
})
