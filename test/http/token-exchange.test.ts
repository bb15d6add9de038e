import { createRemoteJWKSet, decodeJwt, jwtVerify, SignJWT, UnsecuredJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import * as oidc from 'openid-client'
import { NOTHING } from '../../src/domain/assurance.ts'
import { TOKEN_EXCHANGE } from '../../src/oidc/exchange.ts'
import type { ClientSettings } from '../../src/settings/types.ts'
import { authorization, configured, keyPair, passThrough } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { MFA, policyOf } from '../support/policy.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'
import { discovered, HTTP } from '../support/web-api-client.ts'

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const [FILES, REGISTER, ARCHIVE] = ['akten', 'register', 'archiv'].map(
  (name) => `https://${name}.example/`,
) as [string, string, string]
const PORTAL = { ...CLIENT, resources: { [FILES]: ['akten.lesen'] } }
const api = (clientId: string, from: string, resources: Record<string, string[]>): ClientSettings => ({
  ...CLIENT,
  clientId,
  profile: 'service',
  grantTypes: [TOKEN_EXCHANGE],
  redirectUris: [],
  postLogoutRedirectUris: [],
  exchanges: [from],
  resources,
})
const AKTEN = api('akten', FILES, { [REGISTER]: ['register.lesen'] })
const AMT = api('amt', REGISTER, { [ARCHIVE]: ['archiv.lesen'] })
const PHISHING_RESISTANT = { ...NOTHING, distinctKinds: 2 as const, phishingResistant: true }
const STRICT = {
  ...api('streng', FILES, { [REGISTER]: ['register.lesen'] }),
  requirement: PHISHING_RESISTANT,
}
const WITHOUT = { ...AKTEN, clientId: 'ohne', grantTypes: ['client_credentials'] }

describe('Token exchange', () => {
  let provider: TestProvider
  let server: oauth.AuthorizationServer
  beforeAll(async () => {
    const resource = (identifier: string, scopes: string[]) => ({
      identifier,
      name: identifier,
      scopes,
      accessTokenLifetime: 300,
    })
    provider = await startProvider({
      ...(await postgres.open()),
      clients: [PORTAL, AKTEN, AMT, STRICT, WITHOUT],
      resources: [
        { ...resource(FILES, ['akten.lesen']), accessTokenLifetime: 120 },
        resource(REGISTER, ['register.lesen', 'register.schreiben']),
        resource(ARCHIVE, ['archiv.lesen']),
      ],
    })
    server = await discovered(provider.issuer)
  })
  afterAll(() => provider?.close())

  /** Somebody signs in at the portal, which calls the API of the files. */
  const called = async () => {
    const config = await configured(provider.issuer, PORTAL)
    const { verifier, parameters } = await authorization(PORTAL, {
      scope: 'openid akten.lesen',
      resource: FILES,
    })
    const { person, who } = await passThrough(provider, oidc.buildAuthorizationUrl(config, parameters).href)
    const tokens = await oidc.authorizationCodeGrant(
      config,
      person.answer,
      { pkceCodeVerifier: verifier },
      { resource: FILES },
    )
    return { person, who, config, tokens, token: tokens.access_token }
  }
  const exchange = async (
    token: string,
    more: Record<string, string> | string[][] = {},
    { clientId, secret = '' } = AKTEN,
    headers: Record<string, string> = {},
  ) => {
    const client = { client_id: clientId }
    const parameters = new URLSearchParams({
      subject_token: token,
      subject_token_type: ACCESS_TOKEN,
      resource: REGISTER,
    })
    const given = Array.isArray(more) ? more : Object.entries(more)
    for (const [name = '', value = ''] of given)
      if (Array.isArray(more)) parameters.append(name, value)
      else if (value) parameters.set(name, value)
      else parameters.delete(name)
    const auth = oauth.ClientSecretBasic(secret)
    const options = { ...HTTP, headers }
    return oauth.processGenericTokenEndpointResponse(
      server,
      client,
      await oauth.genericTokenEndpointRequest(server, client, auth, TOKEN_EXCHANGE, parameters, options),
    )
  }
  const verified = async (token: string, audience: string) =>
    (
      await jwtVerify(token, createRemoteJWKSet(new URL(String(server.jwks_uri))), {
        issuer: provider.issuer,
        audience,
        typ: 'at+jwt',
      })
    ).payload

  test('gives an API a token for another one: the same person and login, who acts, no more and no longer', async () => {
    const { token, who, tokens } = await called()
    const first = await verified(token, FILES)
    const given = await exchange(token)
    const second = await verified(given.access_token, REGISTER)
    expect(given).toMatchObject({ issued_token_type: ACCESS_TOKEN, scope: 'register.lesen' })
    expect(given).not.toHaveProperty('refresh_token')
    expect(given).not.toHaveProperty('id_token')
    expect(second).toMatchObject({ sub: who.id, client_id: 'akten', act: { sub: 'akten' }, acr: MFA })
    expect(second).toMatchObject({ amr: first.amr, auth_time: tokens.claims()?.auth_time })
    expect(Number(second.exp)).toBeLessThanOrEqual(Number(first.exp))

    const on = await exchange(given.access_token, { resource: ARCHIVE }, AMT)
    const third = await verified(on.access_token, ARCHIVE)
    expect(third.act).toEqual({ sub: 'amt', act: { sub: 'akten' } })
    expect(third).toMatchObject({ sub: who.id, acr: MFA, scope: 'archiv.lesen' })
    expect(Number(third.exp)).toBeLessThanOrEqual(Number(first.exp))
  })

  test.each([
    ['another scope than its file says', { scope: 'register.schreiben' }, 'invalid_scope'],
    ['an API that its file does not name', { resource: ARCHIVE }, 'invalid_target'],
    ['no API', { resource: '' }, 'invalid_target'],
    ['an API in other words', { audience: REGISTER }, 'invalid_target'],
    ['two APIs', [['resource', FILES]], 'invalid_request'],
    ['somebody else as actor', { actor_token: 'x', actor_token_type: ACCESS_TOKEN }, 'invalid_request'],
    [
      'a refresh token',
      { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      'invalid_request',
    ],
    [
      'another kind of token',
      { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' },
      'invalid_request',
    ],
  ])('refuses %s', async (_what, more, error) => {
    const { token } = await called()
    await expect(exchange(token, more as Record<string, string>)).rejects.toMatchObject({ error })
    expect((await exchange(token)).access_token).toBeTruthy()
  })

  test('refuses every token that is not one of ours for this API', async () => {
    const { token, tokens, config } = await called()
    const claims = decodeJwt(token)
    const stranger = await keyPair('k', 'ES256')
    const opaque = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', { scope: 'openid' })
    const wrong = {
      'an ID token': tokens.id_token ?? '',
      'an opaque token': opaque.access_token,
      'an unsigned one': new UnsecuredJWT(claims).encode(),
      'one by another key': await new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
        .sign(stranger.key),
      'one for another API': (await exchange(token)).access_token,
      nonsense: 'nonsense',
    }
    for (const [what, subject] of Object.entries(wrong))
      await expect([what, await exchange(subject).catch(({ error }) => error)]).toEqual([
        what,
        'invalid_request',
      ])
  })

  test('is for the applications whose files say so, with their secret, without keys that nobody would look at', async () => {
    const { token } = await called()
    await expect(exchange(token, {}, WITHOUT)).rejects.toMatchObject({ error: 'invalid_request' })
    await expect(exchange(token, {}, PORTAL)).rejects.toMatchObject({ error: 'invalid_request' })
    await expect(exchange(token, {}, { ...AKTEN, secret: 'wrong' })).rejects.toMatchObject({ status: 401 })
    await expect(exchange(token, {}, AKTEN, { DPoP: 'x' })).rejects.toMatchObject({
      error: 'invalid_request',
    })
  })

  test('ends with the session, and with the account', async () => {
    const { token, person, tokens } = await called()
    await person.open(`${server.end_session_endpoint}?id_token_hint=${tokens.id_token}`)
    await person.submit('/logout/confirm', { logout: 'yes' })
    await expect(exchange(token)).rejects.toMatchObject({ error: 'invalid_request' })
    const other = await called()
    const on = (await exchange(other.token)).access_token
    await provider.app.stores.accounts.setLocked(other.who.id, true, provider.clock.now(), {
      event: 'account.locked',
      accountId: other.who.id,
    })
    await expect(exchange(other.token)).rejects.toMatchObject({ error: 'invalid_request' })
    await expect(exchange(on, { resource: ARCHIVE }, AMT)).rejects.toMatchObject({ error: 'invalid_request' })
  })

  test('never gives more than was proven: not where the application demands more, nor where policy has come to', async () => {
    const { token } = await called()
    await expect(exchange(token, {}, STRICT)).rejects.toMatchObject({ error: 'invalid_request' })
    const { live } = provider.settings
    const stricter = policyOf({}, [{ name: 'more', demand: PHISHING_RESISTANT, require: 0 }])
    provider.app.reload({ ...live, policy: stricter })
    await expect(exchange(token)).rejects.toMatchObject({ error: 'invalid_request' })
  })
})
