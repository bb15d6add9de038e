import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import * as oidc from 'openid-client'
import { configured, keyPair } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'

const { secret: _, ...service } = {
  ...CLIENT,
  profile: 'service' as const,
  authMethod: 'private_key_jwt' as const,
  grantTypes: ['client_credentials'],
  redirectUris: [],
}

describe('Keys of applications', () => {
  let provider: TestProvider
  const made = ['ES256', 'PS256', 'Ed25519', 'EdDSA', 'RS256', 'ES384'].map(async (alg) => ({
    alg,
    keys: await keyPair(`of-${alg}`, alg),
  }))
  beforeAll(async () => {
    const clients = (await Promise.all(made)).map(({ alg, keys }) => ({
      ...service,
      clientId: alg,
      keys: { jwks: { keys: [keys.jwk] } },
    }))
    provider = await startProvider({ ...(await postgres.open()), clients })
  })
  afterAll(() => provider?.close())

  const attempt = async (alg: string, bound: boolean) => {
    const keys = (await Promise.all(made)).find((one) => one.alg === alg)?.keys
    const config = await configured(provider.issuer, { ...service, clientId: alg }, keys)
    const options = bound
      ? { DPoP: oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair(alg)) }
      : undefined
    return oidc.clientCredentialsGrant(config, undefined, options)
  }

  test.each(['ES256', 'PS256', 'Ed25519'])(
    'of %s prove the application, and bind its tokens',
    async (alg) => {
      expect((await attempt(alg, false)).token_type).toBe('bearer')
      expect((await attempt(alg, true)).token_type).toBe('dpop')
    },
  )

  test('of Ed25519 may go by the older name of the algorithm', async () => {
    const keys = (await Promise.all(made)).find((one) => one.alg === 'EdDSA')?.keys
    if (!keys) throw new Error('no such key')
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: 'EdDSA',
      sub: 'EdDSA',
      aud: provider.issuer,
      jti: randomUUID(),
      iat: now,
      exp: now + 60,
    }
    const assertion = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', kid: keys.kid })
      .sign(keys.key)
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion: assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    })
    expect((await fetch(`${provider.issuer}/token`, { method: 'POST', body })).status).toBe(200)
  })

  test.each(['RS256', 'ES384'])('of %s are not accepted: it is not announced', async (alg) => {
    await expect(attempt(alg, false)).rejects.toMatchObject({ error: 'invalid_client' })
  })
})
