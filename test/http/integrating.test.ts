import * as oidc from 'openid-client'
import { authorization, configured, passThrough } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { clientsOfTheGuide } from '../support/guide.ts'
import { codeAt, signIn, typeCode } from '../support/login.ts'
import { MFA } from '../support/policy.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'

describe('The guide for applications', () => {
  const clients = clientsOfTheGuide()
  const people = [...clients.values()].filter(({ grantTypes }) => grantTypes.includes('authorization_code'))
  let provider: TestProvider
  beforeAll(async () => {
    provider = await startProvider({ ...(await postgres.open()), clients: [...clients.values()] })
  })
  afterAll(() => provider?.close())

  test('shows one application of each kind', () => {
    const profiles = new Set([...clients.values()].map(({ profile }) => profile))
    expect([...profiles].sort()).toEqual(['device', 'native', 'service', 'spa', 'web'])
    expect(clients.size).toBe(11)
  })

  test.each(people.map((client) => [client.clientId, client] as const))(
    '%s signs people in, tells how, refreshes, steps up and signs out',
    async (_id, client) => {
      const config = await configured(provider.issuer, client)
      const options = client.dpop
        ? { DPoP: oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair()) }
        : undefined
      // Where an app has a scheme of its own, the address of this machine stands for it, at any port.
      const redirect_uri =
        client.profile === 'native' ? 'http://127.0.0.1:9/callback' : (client.redirectUris[0] ?? '')
      const scope = client.scope.join(' ')
      const first = await authorization(client, { redirect_uri, scope })
      const url = oidc.buildAuthorizationUrl(config, first.parameters)
      const { person, who } = await passThrough(provider, url.href)
      if (client.profile === 'native') await person.submit('/agree')
      const checks = { pkceCodeVerifier: first.verifier, idTokenExpected: true }
      const tokens = await oidc.authorizationCodeGrant(config, person.answer, checks, undefined, options)
      expect(tokens.claims()).toMatchObject({ sub: who.id, acr: MFA })
      const next = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, options)
      expect(next.claims()?.acr).toBe(MFA)

      provider.clock.advance(600_000)
      const again = await authorization(client, { redirect_uri, scope, acr_values: MFA, max_age: '300' })
      await person.open(oidc.buildAuthorizationUrl(config, again.parameters).href)
      expect(person.text()).toContain('Passwort')
      await signIn(person, who)
      provider.clock.advance(30_000)
      await typeCode(person, codeAt(who.key, provider.clock.now()))
      if (client.profile === 'native') await person.submit('/agree')
      const fresh = await oidc.authorizationCodeGrant(
        config,
        person.answer,
        { pkceCodeVerifier: again.verifier, idTokenExpected: true },
        undefined,
        options,
      )
      expect(Number(fresh.claims()?.auth_time)).toBeGreaterThan(Number(tokens.claims()?.auth_time))

      await person.open(oidc.buildEndSessionUrl(config, { id_token_hint: fresh.id_token ?? '' }).href)
      await person.submit('/logout/confirm', { logout: 'yes' })
      expect(person.text()).toContain('Sie sind abgemeldet')
      await expect(
        oidc.refreshTokenGrant(config, next.refresh_token ?? '', undefined, options),
      ).rejects.toMatchObject({ error: 'invalid_grant' })
    },
  )

  test('abgleich gets a token for itself, kiosk a code to show', async () => {
    const [service, kiosk] = [clients.get('abgleich'), clients.get('kiosk')]
    if (!service || !kiosk) throw new Error('the guide has lost them')
    const tokens = await oidc.clientCredentialsGrant(await configured(provider.issuer, service))
    expect(tokens.access_token).toBeTruthy()
    const device = await oidc.initiateDeviceAuthorization(await configured(provider.issuer, kiosk), {
      scope: 'openid',
    })
    expect(device.verification_uri).toBe(`${provider.issuer}/device`)
  })
})
