import * as oauth from 'oauth4webapi'
import type { ClientSettings } from '../../src/settings/types.ts'
import { authorization, type KeyPair, keyPair, passThrough } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { Person } from '../support/person.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'
import { discovered, HTTP, withNonce } from '../support/web-api-client.ts'

const { secret: _, ...keyless } = CLIENT
const FAPI: ClientSettings = {
  ...keyless,
  clientId: 'bank',
  profile: 'fapi2',
  authMethod: 'private_key_jwt',
  pushedRequests: true,
  signedRequests: true,
  signedAnswers: true,
  dpop: true,
  accessTokenLifetime: 300,
}
const client: oauth.Client = {
  client_id: 'bank',
  authorization_signed_response_alg: 'ES256',
  introspection_signed_response_alg: 'ES256',
}

describe('FAPI 2.0 with message signing', () => {
  let provider: TestProvider
  let server: oauth.AuthorizationServer
  let keys: KeyPair
  let DPoP: oauth.DPoPHandle
  beforeAll(async () => {
    keys = await keyPair('k1')
    provider = await startProvider({
      ...(await postgres.open()),
      clients: [{ ...FAPI, keys: { jwks: { keys: [keys.jwk] } } }],
    })
    server = await discovered(provider.issuer)
    DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  })
  afterAll(() => provider?.close())

  const own = () => ({ key: keys.key, kid: keys.kid })
  /** The lifetime of the signature is the application's to choose, as far as the profile lets it. */
  const push = async (parameters: Record<string, string>, lifetime?: { nbf?: number; exp: number }) => {
    const claims = { client_id: 'bank', response_type: 'code', ...parameters }
    const request = await oauth.issueRequestObject(server, client, claims, own(), {
      [oauth.modifyAssertion]: (_header, payload) => {
        if (!lifetime) return
        delete payload.nbf
        Object.assign(payload, lifetime)
      },
    })
    return pushed({ request })
  }
  const pushed = (parameters: Record<string, string>) =>
    withNonce(async () =>
      oauth.processPushedAuthorizationResponse(
        server,
        client,
        await oauth.pushedAuthorizationRequest(server, client, oauth.PrivateKeyJwt(own()), parameters, {
          DPoP,
          ...HTTP,
        }),
      ),
    )
  const opened = ({ request_uri }: { request_uri: string }) =>
    `${server.authorization_endpoint}?${new URLSearchParams({ client_id: 'bank', request_uri })}`

  test('works with signed requests, signed answers and signed introspection; refresh tokens stay', async () => {
    const { verifier, parameters } = await authorization(FAPI)
    const state = oauth.generateRandomState()
    const { person, who } = await passThrough(
      provider,
      opened(await push({ ...parameters, state, response_mode: 'jwt' })),
    )
    expect([...person.answer.searchParams.keys()]).toEqual(['response'])
    const answer = await oauth.validateJwtAuthResponse(server, client, person.answer, state, HTTP)
    const tokens = await withNonce(async () =>
      oauth.processAuthorizationCodeResponse(
        server,
        client,
        await oauth.authorizationCodeGrantRequest(
          server,
          client,
          oauth.PrivateKeyJwt(own()),
          answer,
          FAPI.redirectUris[0] ?? '',
          verifier,
          { DPoP, ...HTTP },
        ),
      ),
    )
    expect(oauth.getValidatedIdTokenClaims(tokens)?.sub).toBe(who.id)
    const refresh = () =>
      withNonce(async () =>
        oauth.processRefreshTokenResponse(
          server,
          client,
          await oauth.refreshTokenGrantRequest(
            server,
            client,
            oauth.PrivateKeyJwt(own()),
            tokens.refresh_token ?? '',
            { DPoP, ...HTTP },
          ),
        ),
      )
    expect((await refresh()).refresh_token).toBe(tokens.refresh_token)
    expect((await refresh()).access_token).toBeTruthy()
    const response = await oauth.introspectionRequest(
      server,
      client,
      oauth.PrivateKeyJwt(own()),
      tokens.access_token,
      { requestJwtResponse: true, ...HTTP },
    )
    const seen = await oauth.processIntrospectionResponse(server, client, response)
    await oauth.validateApplicationLevelSignature(server, response, HTTP)
    expect(seen).toMatchObject({ active: true, sub: who.id, cnf: { jkt: expect.any(String) } })
  })

  test('answers to nothing that is not asked for signed', async () => {
    const { parameters } = await authorization(FAPI)
    const person = await new Person().open(opened(await push(parameters)))
    expect(person.answer.searchParams.get('error')).toBe('invalid_request')
    expect(person.answer.searchParams.get('code')).toBeNull()
  })

  test('takes no request that is unsigned, signed for too long, or without a beginning', async () => {
    const { parameters } = await authorization(FAPI)
    const now = Math.floor(Date.now() / 1000)
    const plain = { client_id: 'bank', response_type: 'code', response_mode: 'jwt', ...parameters }
    await expect(pushed(plain)).rejects.toMatchObject({ error: expect.stringMatching(/^invalid_request/) })
    for (const lifetime of [
      { exp: now + 60 },
      { nbf: now, exp: now + 7200 },
      { nbf: now - 120, exp: now - 60 },
    ])
      await expect(push(plain, lifetime)).rejects.toMatchObject({ error: 'invalid_request_object' })
  })
})
