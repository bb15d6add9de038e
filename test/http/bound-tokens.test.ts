import { createHash, randomUUID } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'
import * as oidc from 'openid-client'
import { authorization, configured, type KeyPair, keyPair, passThrough } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'

const { secret: _, ...open } = { ...CLIENT, authMethod: 'none' as const }
const SPA = { ...open, clientId: 'spa', profile: 'spa' as const, dpop: true, refreshTokenLifetime: 3600 }

describe('Tokens bound to a key of the application', () => {
  let provider: TestProvider
  let keys: KeyPair
  const FAPI = {
    ...open,
    clientId: 'fapi',
    profile: 'fapi2' as const,
    authMethod: 'private_key_jwt' as const,
    pushedRequests: true,
    dpop: true,
    accessTokenLifetime: 300,
  }
  beforeAll(async () => {
    keys = await keyPair('f1')
    provider = await startProvider({
      ...(await postgres.open()),
      clients: [SPA, { ...FAPI, keys: { jwks: { keys: [keys.jwk] } } }],
    })
  })
  afterAll(() => provider?.close())

  /** A complete login of the single-page application. */
  const loggedIn = async () => {
    const config = await configured(provider.issuer, SPA)
    const pair = await oidc.randomDPoPKeyPair('ES256', { extractable: true })
    const DPoP = oidc.getDPoPHandle(config, pair)
    const { verifier, parameters } = await authorization(SPA)
    const { person, who } = await passThrough(provider, oidc.buildAuthorizationUrl(config, parameters).href)
    const tokens = await oidc.authorizationCodeGrant(
      config,
      person.answer,
      { pkceCodeVerifier: verifier },
      undefined,
      {
        DPoP,
      },
    )
    return { config, pair, DPoP, tokens, who }
  }

  /** A proof made by hand; whatever is wrong with it is said in `claims`. */
  const proof = async (
    pair: { privateKey: CryptoKey; publicKey: CryptoKey },
    claims: Record<string, unknown>,
  ) =>
    new SignJWT({ jti: randomUUID(), iat: Math.floor(Date.now() / 1000), ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(pair.publicKey) })
      .sign(pair.privateKey)
  const userinfo = (token: string, dpop?: string) =>
    fetch(`${provider.issuer}/userinfo`, {
      headers: { authorization: `DPoP ${token}`, ...(dpop ? { dpop } : {}) },
    })
  const ath = (token: string) => createHash('sha256').update(token).digest('base64url')

  test('work with the key, and are refreshed with it', async () => {
    const { config, DPoP, tokens, who } = await loggedIn()
    expect(tokens.token_type).toBe('dpop')
    expect((await oidc.fetchUserInfo(config, tokens.access_token, who.id, { DPoP })).sub).toBe(who.id)
    const next = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, { DPoP })
    expect(next.token_type).toBe('dpop')
  })

  test('are refused without a proof, with another key, or as a plain bearer token', async () => {
    const { config, tokens, who } = await loggedIn()
    await expect(oidc.fetchUserInfo(config, tokens.access_token, who.id)).rejects.toThrow()
    expect((await userinfo(tokens.access_token)).status).toBeGreaterThanOrEqual(400)
    const stranger = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair())
    await expect(
      oidc.fetchUserInfo(config, tokens.access_token, who.id, { DPoP: stranger }),
    ).rejects.toThrow()
  })

  test('are not refreshed with another key, and the attempt does not pass for a use', async () => {
    const { config, DPoP, tokens } = await loggedIn()
    const stranger = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair())
    await expect(
      oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, { DPoP: stranger }),
    ).rejects.toMatchObject({ error: 'invalid_grant' })
    const next = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, { DPoP })
    expect(next.access_token).toBeTruthy()
  })

  test('are not given without a key', async () => {
    const config = await configured(provider.issuer, SPA)
    const { verifier, parameters } = await authorization(SPA)
    const { person } = await passThrough(provider, oidc.buildAuthorizationUrl(config, parameters).href)
    await expect(
      oidc.authorizationCodeGrant(config, person.answer, { pkceCodeVerifier: verifier }),
    ).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  test('need a proof with a nonce of ours, for this address, method and token, used once', async () => {
    const { pair, tokens } = await loggedIn()
    const token = tokens.access_token
    const good = { htm: 'GET', htu: `${provider.issuer}/userinfo`, ath: ath(token) }
    const first = await userinfo(token, await proof(pair, good))
    expect(first.status).toBe(401)
    expect(first.headers.get('www-authenticate')).toContain('use_dpop_nonce')
    const nonce = first.headers.get('dpop-nonce') ?? ''
    const once = await proof(pair, { ...good, nonce })
    expect((await userinfo(token, once)).status).toBe(200)
    expect((await userinfo(token, once)).status).toBe(401)
    const same = await proof(pair, { ...good, nonce })
    const side = await Promise.all(Array.from({ length: 8 }, () => userinfo(token, same)))
    expect(side.filter(({ status }) => status === 200)).toHaveLength(1)
    const another = await generateKeyPair('ES256')
    for (const [what, key, claims] of [
      ['method', pair, { htm: 'POST' }],
      ['address', pair, { htu: 'https://evil.example/userinfo' }],
      ['token', pair, { ath: ath('another') }],
      ['no token', pair, { ath: undefined }],
      ['nonce', pair, { nonce: 'made up' }],
      ['key', another, {}],
    ] as const) {
      const wrong = await proof(key, { ...good, nonce, ...claims })
      expect([what, (await userinfo(token, wrong)).status]).toEqual([what, 401])
    }
  })

  test('FAPI 2.0: pushed, with keys and bound tokens; and nothing less', async () => {
    const config = await configured(provider.issuer, FAPI, keys)
    const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair())
    const { verifier, parameters } = await authorization(FAPI)
    const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters, { DPoP })
    const { person } = await passThrough(provider, url.href)
    const answer = person.answer
    await expect(
      oidc.authorizationCodeGrant(config, new URL(answer), { pkceCodeVerifier: verifier }, undefined, {
        DPoP: oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair()),
      }),
    ).rejects.toThrow()
    const again = await oidc.buildAuthorizationUrlWithPAR(config, parameters, { DPoP })
    await person.open(again.href)
    const tokens = await oidc.authorizationCodeGrant(
      config,
      person.answer,
      { pkceCodeVerifier: verifier },
      undefined,
      {
        DPoP,
      },
    )
    expect(tokens).toMatchObject({ token_type: 'dpop', expires_in: 300 })
    const plain = await person.open(oidc.buildAuthorizationUrl(config, parameters).href)
    expect(plain.answer.searchParams.get('error')).toBe('invalid_request')
  })

  test('scripts of the application may call from its own origin, of others from nowhere', async () => {
    const { origin } = new URL(SPA.redirectUris[0] ?? '')
    const call = (from: string) =>
      fetch(`${provider.issuer}/token`, {
        method: 'POST',
        headers: { origin: from },
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x', client_id: 'spa' }),
      })
    const own = await call(origin)
    expect(own.headers.get('access-control-allow-origin')).toBe(origin)
    for (const from of ['https://evil.example', 'null', `${origin}.evil.example`]) {
      const refused = await call(from)
      expect(refused.headers.get('access-control-allow-origin')).toBeNull()
      expect(refused.headers.get('access-control-allow-credentials')).toBeNull()
    }
    for (const path of ['authorize', 'logout', 'device', 'interaction/x']) {
      const page = await fetch(`${provider.issuer}/${path}`, { headers: { origin }, redirect: 'manual' })
      expect([path, page.headers.get('access-control-allow-origin')]).toEqual([path, null])
    }
  })
})
