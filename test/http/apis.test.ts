import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import { authorization, configured, passThrough } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { MFA } from '../support/policy.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'

const API = 'https://api.jobcenter.example/'
const PORTAL = { ...CLIENT, resources: { [API]: ['antraege.lesen'] } }
const BATCH = {
  ...CLIENT,
  clientId: 'batch',
  profile: 'service' as const,
  grantTypes: ['client_credentials'],
  redirectUris: [],
  resources: { [API]: ['antraege.lesen', 'antraege.schreiben'] },
}
const PAIR_A = { ...CLIENT, clientId: 'pair-a', pairwise: true }
const PAIR_B = {
  ...CLIENT,
  clientId: 'pair-b',
  pairwise: true,
  redirectUris: ['http://127.0.0.1:9/callback'],
}

describe('Access to APIs', () => {
  let provider: TestProvider
  beforeAll(async () => {
    provider = await startProvider({
      ...(await postgres.open()),
      clients: [PORTAL, BATCH, PAIR_A, PAIR_B],
      resources: [
        {
          identifier: API,
          name: 'Anträge',
          scopes: ['antraege.lesen', 'antraege.schreiben'],
          accessTokenLifetime: 120,
        },
      ],
    })
  })
  afterAll(() => provider?.close())

  /** What the API itself would check. */
  const verified = (token: string) =>
    jwtVerify(token, createRemoteJWKSet(new URL(`${provider.issuer}/jwks`)), {
      issuer: provider.issuer,
      audience: API,
      typ: 'at+jwt',
      algorithms: ['ES256'],
    })

  test('a token for an API is a signed JWT that says who, for whom, what for, and how they signed in', async () => {
    const config = await configured(provider.issuer, PORTAL)
    const { verifier, parameters } = await authorization(PORTAL, {
      resource: API,
      scope: 'openid antraege.lesen antraege.schreiben',
    })
    const { person, who } = await passThrough(provider, oidc.buildAuthorizationUrl(config, parameters).href)
    const tokens = await oidc.authorizationCodeGrant(
      config,
      person.answer,
      { pkceCodeVerifier: verifier },
      { resource: API },
    )
    const { payload } = await verified(tokens.access_token)
    expect(payload).toMatchObject({ sub: who.id, client_id: 'portal', scope: 'antraege.lesen', acr: MFA })
    expect(payload.amr).toContain('mfa')
    expect(payload.auth_time).toBe(tokens.claims()?.auth_time)
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(120)
    const next = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', { resource: API })
    expect((await verified(next.access_token)).payload).toMatchObject({ acr: MFA, scope: 'antraege.lesen' })
    await expect(oidc.fetchUserInfo(config, tokens.access_token, who.id)).rejects.toThrow()
  })

  test('a service gets what its file names, and no more', async () => {
    const config = await configured(provider.issuer, BATCH)
    const asked = { resource: API, scope: 'antraege.lesen antraege.schreiben everything' }
    const tokens = await oidc.clientCredentialsGrant(config, asked)
    const { payload } = await verified(tokens.access_token)
    expect(payload).toMatchObject({ sub: 'batch', scope: 'antraege.lesen antraege.schreiben' })
    expect(payload).not.toHaveProperty('acr')
    expect(decodeProtectedHeader(tokens.access_token).typ).toBe('at+jwt')
  })

  test.each(['https://elsewhere.example/', 'nonsense', `${API}#fragment`])(
    'an API that the file does not name is refused: %s',
    async (resource) => {
      const config = await configured(provider.issuer, BATCH)
      await expect(oidc.clientCredentialsGrant(config, { resource })).rejects.toMatchObject({
        error: 'invalid_target',
      })
    },
  )

  test('introspection answers in JSON, and signed to those who ask for it', async () => {
    const config = await configured(provider.issuer, BATCH)
    const { access_token: token } = await oidc.clientCredentialsGrant(config)
    expect(await oidc.tokenIntrospection(config, token)).toMatchObject({ active: true, client_id: 'batch' })
    const response = await fetch(`${provider.issuer}/introspect`, {
      method: 'POST',
      headers: {
        accept: 'application/token-introspection+jwt',
        authorization: `Basic ${Buffer.from(`batch:${BATCH.secret}`).toString('base64')}`,
      },
      body: new URLSearchParams({ token }),
    })
    const jwks = createRemoteJWKSet(new URL(`${provider.issuer}/jwks`))
    const { payload, protectedHeader } = await jwtVerify(await response.text(), jwks, {
      issuer: provider.issuer,
    })
    expect(protectedHeader).toMatchObject({ typ: 'token-introspection+jwt', alg: 'ES256' })
    expect(payload.token_introspection).toMatchObject({ active: true, client_id: 'batch' })
  })

  test('the token of another client is inactive to this one, and not revoked by it', async () => {
    const [batch, portal] = [
      await configured(provider.issuer, BATCH),
      await configured(provider.issuer, PORTAL),
    ]
    const { access_token: token } = await oidc.clientCredentialsGrant(batch)
    expect(await oidc.tokenIntrospection(portal, token)).toEqual({ active: false })
    await oidc.tokenRevocation(portal, token).catch(() => {})
    expect(await oidc.tokenIntrospection(batch, token)).toMatchObject({ active: true })
  })

  test('pairwise: two hosts know the same person by two names, each the same for ever', async () => {
    const subjects = new Set<string>()
    const person = (await passThrough(provider, await url(PAIR_A))).person
    for (const client of [PAIR_A, PAIR_B, PAIR_A]) {
      const config = await configured(provider.issuer, client)
      const { verifier, parameters } = await authorization(client)
      await person.open(oidc.buildAuthorizationUrl(config, parameters).href)
      const tokens = await oidc.authorizationCodeGrant(config, person.answer, { pkceCodeVerifier: verifier })
      const sub = tokens.claims()?.sub ?? ''
      expect((await oidc.fetchUserInfo(config, tokens.access_token, sub)).sub).toBe(sub)
      expect((await oidc.tokenIntrospection(config, tokens.access_token)).sub).toBe(sub)
      subjects.add(sub)
    }
    expect(subjects.size).toBe(2)
  })

  const url = async (client: typeof PAIR_A) => {
    const config = await configured(provider.issuer, client)
    return oidc.buildAuthorizationUrl(config, (await authorization(client)).parameters).href
  }
})
