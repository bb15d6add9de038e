import * as oauth from 'oauth4webapi'
import { authorization, passThrough } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { codeAt, signIn, typeCode } from '../support/login.ts'
import { MFA } from '../support/policy.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'
import { discovered, HTTP, withNonce } from '../support/web-api-client.ts'

const { secret: _, ...open } = { ...CLIENT, authMethod: 'none' as const }
const SPA = { ...open, clientId: 'spa', profile: 'spa' as const, dpop: true }
const client: oauth.Client = { client_id: 'spa' }

describe('An application on oauth4webapi', () => {
  let provider: TestProvider
  let server: oauth.AuthorizationServer
  beforeAll(async () => {
    provider = await startProvider({ ...(await postgres.open()), clients: [SPA] })
    server = await discovered(provider.issuer)
  })
  afterAll(() => provider?.close())

  const request = async (more: Record<string, string> = {}) => {
    const state = oauth.generateRandomState()
    const nonce = oauth.generateRandomNonce()
    const { verifier, parameters } = await authorization(SPA, { state, nonce, ...more })
    const query = new URLSearchParams({ client_id: 'spa', response_type: 'code', ...parameters })
    return { url: `${server.authorization_endpoint}?${query}`, verifier, state, nonce }
  }
  const redeem = async (answer: URL, sent: Awaited<ReturnType<typeof request>>, DPoP: oauth.DPoPHandle) => {
    const checked = oauth.validateAuthResponse(server, client, answer, sent.state)
    return withNonce(async () =>
      oauth.processAuthorizationCodeResponse(
        server,
        client,
        await oauth.authorizationCodeGrantRequest(
          server,
          client,
          oauth.None(),
          checked,
          SPA.redirectUris[0] ?? '',
          sent.verifier,
          { DPoP, ...HTTP },
        ),
        { expectedNonce: sent.nonce, requireIdToken: true },
      ),
    )
  }

  test('signs in, refreshes and asks for claims with bound tokens, steps up and signs out', async () => {
    const pair = await oauth.generateKeyPair('ES256')
    const DPoP = oauth.DPoP(client, pair)
    const sent = await request({ scope: 'openid profile' })
    const { person, who } = await passThrough(provider, sent.url)
    const tokens = await redeem(person.answer, sent, DPoP)
    expect(tokens.token_type).toBe('dpop')
    const claims = oauth.getValidatedIdTokenClaims(tokens)
    expect(claims).toMatchObject({ sub: who.id, acr: MFA })

    const refreshed = await withNonce(async () =>
      oauth.processRefreshTokenResponse(
        server,
        client,
        await oauth.refreshTokenGrantRequest(server, client, oauth.None(), tokens.refresh_token ?? '', {
          DPoP,
          ...HTTP,
        }),
      ),
    )
    const info = await withNonce(async () =>
      oauth.processUserInfoResponse(
        server,
        client,
        who.id,
        await oauth.userInfoRequest(server, client, refreshed.access_token, { DPoP, ...HTTP }),
      ),
    )
    expect(info.preferred_username).toBe(who.username)

    provider.clock.advance(600_000)
    const again = await request({ acr_values: MFA, max_age: '300' })
    await person.open(again.url)
    await signIn(person, who)
    provider.clock.advance(30_000)
    await typeCode(person, codeAt(who.key, provider.clock.now()))
    const fresh = await redeem(person.answer, again, DPoP)
    const proven = oauth.getValidatedIdTokenClaims(fresh)
    expect(proven?.acr).toBe(MFA)
    expect(Number(proven?.auth_time)).toBeGreaterThan(Number(claims?.auth_time))

    await person.open(`${server.end_session_endpoint}?id_token_hint=${fresh.id_token}`)
    await person.submit('/logout/confirm', { logout: 'yes' })
    expect(person.text()).toContain('Sie sind abgemeldet')
    const silent = await request({ prompt: 'none' })
    await person.open(silent.url)
    expect(() => oauth.validateAuthResponse(server, client, person.answer, silent.state)).toThrow(
      expect.objectContaining({ error: 'login_required' }),
    )
  })

  test('a level that is not reached is an error, never a lower one unsaid', async () => {
    const claims = JSON.stringify({ id_token: { acr: { essential: true, value: 'made-up' } } })
    const sent = await request({ claims, prompt: 'none' })
    const { person } = await passThrough(provider, (await request()).url)
    await person.open(sent.url)
    expect(() => oauth.validateAuthResponse(server, client, person.answer, sent.state)).toThrow(
      expect.objectContaining({ error: 'unmet_authentication_requirements' }),
    )
  })
})
