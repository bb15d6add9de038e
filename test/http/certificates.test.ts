import { X509Certificate } from 'node:crypto'
import { exportJWK, importX509, type JWK } from 'jose'
import * as oauth from 'oauth4webapi'
import type { ClientSettings } from '../../src/settings/types.ts'
import { authorization, passThrough } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { type Certified, certificateOffice, encoded, fetchWith, tlsProxy } from '../support/certificates.ts'
import { settingsOfTheGuide } from '../support/guide.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'
import { discovered } from '../support/web-api-client.ts'

const HEADERS = { certificate: 'x-client-cert', verified: 'x-client-verify' }
const API = 'https://api.jobcenter.example/'
const { secret: _, ...keyless } = CLIENT
const SERVICE: ClientSettings = {
  ...keyless,
  profile: 'service',
  authMethod: 'tls_client_auth',
  grantTypes: ['client_credentials'],
  redirectUris: [],
  certificateBound: true,
  resources: { [API]: ['antraege.lesen'] },
}
const NAMES = {
  dn: ['tls_client_auth_subject_dn', 'CN=Straße\\, Nord,O=Amt,C=DE'],
  dns: ['tls_client_auth_san_dns', 'abgleich.example'],
  uri: ['tls_client_auth_san_uri', 'https://abgleich.example/'],
  ip: ['tls_client_auth_san_ip', '192.0.2.7'],
  email: ['tls_client_auth_san_email', 'abgleich@example.org'],
} satisfies Record<string, [string, string]>
const ALL = [
  'DNS:abgleich.example',
  'URI:https://abgleich.example/',
  'IP:192.0.2.7',
  'email:abgleich@example.org',
]

describe('Applications that show a certificate', () => {
  const office = certificateOffice()
  const [own, stranger, alone] = [
    office.issue('/C=DE/O=Amt/CN=Straße, Nord', ALL),
    office.issue('/CN=stranger', ['URI:https://x/, DNS:abgleich.example, URI:y']),
    office.issue('/CN=allein', [], { alone: true }),
  ]
  const forged = office.issue('/C=DE/O=Amt/CN=Straße, Nord', ALL, { alone: true })
  const written = settingsOfTheGuide()
  const fromGuide = written.live.clients.get('fachverfahren')
  let provider: TestProvider
  let proxy: Awaited<ReturnType<typeof tlsProxy>>
  let server: oauth.AuthorizationServer
  beforeAll(async () => {
    const jwk: JWK = { ...(await exportJWK(await importX509(alone.cert, 'ES256'))), kid: 'k1', use: 'sig' }
    const keys = { jwks: { keys: [{ ...jwk, x5c: [encoded(alone)] }] } }
    provider = await startProvider({
      ...(await postgres.open()),
      trustedProxies: ['127.0.0.1'],
      ...(written.mtls ? { mtls: written.mtls } : {}),
      resources: [{ identifier: API, name: 'Anträge', scopes: ['antraege.lesen'], accessTokenLifetime: 120 }],
      clients: [
        ...(fromGuide ? [fromGuide] : []),
        ...Object.entries(NAMES).map(([clientId, [property, value]]) => ({
          ...SERVICE,
          clientId,
          certificateName: [property, value] as [string, string],
        })),
        { ...SERVICE, clientId: 'alone', authMethod: 'self_signed_tls_client_auth', keys },
        {
          ...keyless,
          clientId: 'web',
          authMethod: 'tls_client_auth',
          certificateName: NAMES.dns,
          certificateBound: true,
        },
      ],
    })
    proxy = await tlsProxy(
      provider.issuer,
      office.issue('/CN=localhost', ['DNS:localhost']),
      office.authority,
    )
    const found = await discovered(provider.issuer)
    // What the alias names is where this test's proxy is.
    const aliases = Object.entries(found.mtls_endpoint_aliases ?? {}).map(([name, address]) => [
      name,
      String(address).replace('https://mtls.pforte.example', proxy.origin),
    ])
    server = { ...found, mtls_endpoint_aliases: Object.fromEntries(aliases) }
  })
  afterAll(async () => {
    await proxy?.close()
    await provider?.close()
    office.close()
  })

  const by = (certified?: Certified) =>
    ({
      [oauth.customFetch]: fetchWith(office.authority, certified),
      [oauth.allowInsecureRequests]: true,
    }) as const
  const client = (client_id: string): oauth.Client => ({ client_id, use_mtls_endpoint_aliases: true })
  const asks = async (id: string, certified?: Certified, more: Record<string, string> = {}) =>
    oauth.processClientCredentialsResponse(
      server,
      client(id),
      await oauth.clientCredentialsGrantRequest(
        server,
        client(id),
        oauth.TlsClientAuth(),
        more,
        by(certified),
      ),
    )
  const thumbprint = ({ cert }: Certified) =>
    Buffer.from(new X509Certificate(cert).fingerprint256.replaceAll(':', ''), 'hex').toString('base64url')

  test('prove themselves as the guide shows it', async () => {
    expect(await asks('fachverfahren', own)).toMatchObject({ token_type: 'bearer', expires_in: 300 })
  })

  test.each(Object.keys(NAMES))('are known by the name in it: %s; tokens are bound to it', async (id) => {
    const { access_token: token } = await asks(id, own, { resource: API, scope: 'antraege.lesen' })
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    expect(claims.cnf).toEqual({ 'x5t#S256': thumbprint(own) })
  })

  test('are known by the certificate itself, where the file has it', async () => {
    expect((await asks('alone', alone)).access_token).toBeTruthy()
    await expect(asks('alone', forged)).rejects.toMatchObject({ error: 'invalid_client' })
  })

  test.each([
    ['none at all', undefined],
    ['one of the right name by nobody’s authority', forged],
    ['one of another name, which looks like the right one', stranger],
  ])('are refused with %s', async (_what, certified) => {
    for (const id of Object.keys(NAMES))
      await expect(asks(id, certified)).rejects.toMatchObject({ error: 'invalid_client' })
  })

  test('cannot write the header themselves, through the proxy or past it', async () => {
    const escaped = encodeURIComponent(own.cert)
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'dns' })
    const headers = { [HEADERS.certificate]: escaped, [HEADERS.verified]: 'SUCCESS' }
    const through = await fetchWith(office.authority)(`${proxy.origin}/token`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body,
    })
    expect(through.status).toBe(401)
    // From an address that is no proxy's.
    const { Agent, request } = await import('node:http')
    const past = await new Promise<number>((resolve, reject) => {
      const options = {
        method: 'POST',
        localAddress: '127.0.0.2',
        agent: new Agent(),
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      }
      const sent = request(
        `${provider.issuer.replace('localhost', '127.0.0.1')}/token`,
        options,
        (response) => resolve(response.resume().statusCode ?? 0),
      )
      sent.on('error', reject)
      sent.end(body.toString())
    })
    expect(past).toBe(401)
  })

  test.each([
    ['twice', (cert: string) => `${encodeURIComponent(cert)}, ${encodeURIComponent(cert)}`],
    ['cut off', (cert: string) => encodeURIComponent(cert).slice(0, 300)],
    ['nonsense', () => '%E0%A4%A'],
  ])('what the proxy hands on must be one certificate: %s', async (_what, written) => {
    const response = await fetch(`${provider.issuer}/token`, {
      method: 'POST',
      headers: { [HEADERS.certificate]: written(own.cert), [HEADERS.verified]: 'SUCCESS' },
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'dns' }),
    })
    expect(response.status).toBe(401)
  })

  test.each([
    ['in one line, as Apache writes it', (cert: string) => cert.trim().replaceAll('\n', ' ')],
    ['after RFC 9440', (cert: string) => `:${cert.replace(/-----.*-----|\s/g, '')}:`],
  ])('the proxy may hand it on %s', async (_what, written) => {
    const response = await fetch(`${provider.issuer}/token`, {
      method: 'POST',
      headers: { [HEADERS.certificate]: written(own.cert), [HEADERS.verified]: 'SUCCESS' },
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'dns' }),
    })
    expect(response.status).toBe(200)
  })

  test('sign people in; neither access nor refresh token works without it, or with another', async () => {
    const web = { ...keyless, clientId: 'web' }
    const { verifier, parameters } = await authorization(web)
    const query = new URLSearchParams({ client_id: 'web', response_type: 'code', ...parameters })
    const { person, who } = await passThrough(provider, `${server.authorization_endpoint}?${query}`)
    const answer = oauth.validateAuthResponse(server, client('web'), person.answer)
    const tokens = await oauth.processAuthorizationCodeResponse(
      server,
      client('web'),
      await oauth.authorizationCodeGrantRequest(
        server,
        client('web'),
        oauth.TlsClientAuth(),
        answer,
        CLIENT.redirectUris[0] ?? '',
        verifier,
        by(own),
      ),
    )
    const info = (certified?: Certified) =>
      oauth.userInfoRequest(server, client('web'), tokens.access_token, by(certified))
    expect(await (await info(own)).json()).toMatchObject({ sub: who.id })
    for (const wrong of [undefined, stranger]) expect((await info(wrong)).status).toBe(401)
    const refresh = async (certified?: Certified) =>
      oauth.processRefreshTokenResponse(
        server,
        client('web'),
        await oauth.refreshTokenGrantRequest(
          server,
          client('web'),
          oauth.TlsClientAuth(),
          tokens.refresh_token ?? '',
          by(certified),
        ),
      )
    const renewed = office.issue('/CN=another', ['DNS:abgleich.example'])
    await expect(refresh(undefined)).rejects.toMatchObject({ error: 'invalid_client' })
    // The right name in another certificate: the application is known, but the token is not its own.
    expect((await info(renewed)).status).toBe(401)
    expect((await refresh(own)).access_token).toBeTruthy()
  })

  test('find the addresses at which certificates are asked for', async () => {
    const found = await discovered(provider.issuer)
    expect(found.mtls_endpoint_aliases?.token_endpoint).toBe('https://mtls.pforte.example/token')
    expect(found.tls_client_certificate_bound_access_tokens).toBe(true)
    expect(found.token_endpoint_auth_methods_supported).toEqual(
      expect.arrayContaining(['tls_client_auth', 'self_signed_tls_client_auth']),
    )
    for (const address of Object.values(found.mtls_endpoint_aliases ?? {})) {
      const here = String(address).replace('https://mtls.pforte.example', provider.issuer)
      expect([here, (await fetch(here, { method: 'POST' })).status === 404]).toEqual([here, false])
    }
  })
})
