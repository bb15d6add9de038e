import { type Apache, startApache } from '../support/apache.ts'
import { passThrough } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { apacheOfTheGuide, clientsOfTheGuide } from '../support/guide.ts'
import { codeAt, signIn, typeCode } from '../support/login.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { freePort } from '../support/servers.ts'

/** What needs more than the guide's page does. */
const STRONG = `
<Location /strong>
  AuthType openid-connect
  Require claim acr:phr
</Location>
`

describe("Debian's Apache with mod_auth_openidc, configured as the guide says", () => {
  let provider: TestProvider
  let apache: Apache
  beforeAll(async () => {
    const client = clientsOfTheGuide().get('intranet')
    if (!client) throw new Error('the guide has lost it')
    const port = await freePort()
    const moved = (uri: string) => uri.replace('localhost:9', `localhost:${port}`)
    provider = await startProvider({
      ...(await postgres.open()),
      clients: [
        {
          ...client,
          redirectUris: client.redirectUris.map(moved),
          postLogoutRedirectUris: client.postLogoutRedirectUris.map(moved),
        },
      ],
    })
    const configuration = apacheOfTheGuide()
      .replaceAll('https://pforte.example', provider.issuer)
      .replaceAll('https://intranet.example', `http://localhost:${port}`)
    apache = await startApache(port, configuration + STRONG, {
      files: { passphrase: 'a passphrase of the tests' },
      env: { PATH: process.env.PATH ?? '', INTRANET_SECRET: client.secret ?? '' },
    })
  })
  afterAll(async () => {
    await apache?.close()
    await provider?.close()
  })

  test('lets people in with two factors, keeps them in, checks acr, and signs them out', async () => {
    const { person, who } = await passThrough(provider, `${apache.origin}/`)
    expect([person.url, person.html]).toEqual([`${apache.origin}/`, 'inside'])
    await person.open(`${apache.origin}/index.html`)
    expect(person.html).toBe('inside')
    await person.open(`${apache.origin}/strong`)
    expect(person.status).toBe(401)

    await person.open(`${apache.origin}/oidc/callback?logout=${encodeURIComponent(`${apache.origin}/`)}`)
    await person.submit('/logout/confirm', { logout: 'yes' })
    expect(person.text()).toContain('Passwort')
    await signIn(person, who)
    provider.clock.advance(30_000)
    await typeCode(person, codeAt(who.key, provider.clock.now()))
    expect(person.html).toBe('inside')
  })
})
