import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadSettings } from '../../src/settings/load.ts'
import { CLIENT_FILE, testConfig } from '../support/config.ts'

const SECRET = 'client_secret: env:PORTAL_SECRET\n'
const client = (more: string, without = '') => `${CLIENT_FILE.replace(without, '')}${more}\n`

test('A configuration without mistakes loads', () => {
  const config = testConfig()
  const settings = loadSettings(config.env)
  expect(settings.live.clients.get('portal')).toMatchObject({
    name: 'Jobcenter-Portal',
    redirectUris: ['https://portal.example/callback'],
    secret: config.env.PORTAL_SECRET,
  })
  expect(settings.database).toEqual({ folder: join(config.folder, 'data/db') })
})

describe('A mistake in the file of a client is found:', () => {
  const uri = (address: string) =>
    client(`redirect_uris: ["${address}"]`, 'redirect_uris: [https://portal.example/callback]\n')
  test.each([
    [
      'http on a public host',
      uri('http://portal.example/cb'),
      'redirect_uris[0]: uses http on a public host',
    ],
    ['a fragment', uri('https://portal.example/cb#'), 'redirect_uris[0]: has a fragment'],
    ['a wildcard', uri('https://*.example/cb'), 'redirect_uris[0]: contains a wildcard'],
    ['credentials', uri('https://a:b@portal.example/cb'), 'redirect_uris[0]: contains credentials'],
    ['a script', uri('javascript:alert(1)'), 'redirect_uris[0]: is not an https address'],
    ['a path alone', uri('/callback'), 'redirect_uris[0]: is not an absolute URL'],
    [
      'none where codes are sent',
      client('redirect_uris: []', 'redirect_uris: [https://portal.example/callback]\n'),
      'redirect_uris: is empty',
    ],
    [
      'a secret in the file',
      client('client_secret: hunter2', 'client_secret: env:PORTAL_SECRET\n'),
      'client_secret: is not a reference',
    ],
    [
      'a secret that is not in the environment',
      client('client_secret: env:NOWHERE', 'client_secret: env:PORTAL_SECRET\n'),
      'client_secret: the environment has no NOWHERE',
    ],
    [
      'a secret whose file is not there',
      client('client_secret: file:secrets/portal', 'client_secret: env:PORTAL_SECRET\n'),
      'client_secret: secrets/portal cannot be read',
    ],
    ['no secret', client('', 'client_secret: env:PORTAL_SECRET\n'), 'client_secret: is missing'],
    ['a secret nobody asks for', client('token_endpoint_auth_method: none'), 'client_secret: is not used'],
    [
      'client_credentials without secret',
      client(
        'token_endpoint_auth_method: none\ngrant_types: [client_credentials]',
        'client_secret: env:PORTAL_SECRET\n',
      ),
      'grant_types: client_credentials needs a secret',
    ],
    ['an unknown grant', client('grant_types: [password]'), 'grant_types[0]: is not a known value'],
    ['an unknown scope', client('scope: [openid, everything]'), 'scope[1]: is not a known value'],
    [
      'no signature',
      client('id_token_signed_response_alg: none'),
      'id_token_signed_response_alg: is not a known value',
    ],
    ['an unknown acr', client('min_acr: mfaa'), 'min_acr: "mfaa" is not a configured acr'],
    [
      'an unknown acr by default',
      client('default_acr_values: [mfaa]'),
      'default_acr_values: "mfaa" is not a configured acr',
    ],
    ['an unknown factor', client('factors: [totp, sms]'), 'factors[1]: is not a known value'],
    ['no factor at all', client('factors: []'), 'factors: is empty'],
    ['a negative age', client('default_max_age: -1'), 'default_max_age: is too small'],
    [
      'an id with a path',
      client('client_id: ../portal', 'client_id: portal\n'),
      'client_id: is not usable as an id',
    ],
    [
      'an id that hides its file',
      client('client_id: .portal', 'client_id: portal\n'),
      'client_id: is not usable as an id',
    ],
    [
      'the id of the account pages',
      client('client_id: pforte-account', 'client_id: portal\n'),
      'client_id: is the id of the account pages',
    ],
    [
      'an id that is no name of a file',
      client(`client_id: ${'x'.repeat(300)}`, 'client_id: portal\n'),
      'client_id: is not usable as an id',
    ],
    [
      'another id than the file',
      client('client_id: other', 'client_id: portal\n'),
      'client_id: "other" does not match the name of the file',
    ],
    [
      'a private-use scheme of a web application',
      uri('de.jobcenter.app:/callback'),
      'redirect_uris[0]: is not an https address',
    ],
    [
      'a way to prove itself that the profile does not know',
      client('profile: spa'),
      'client_secret: is not used',
    ],
    [
      'a secret in a browser',
      client('profile: spa\ntoken_endpoint_auth_method: client_secret_basic'),
      'token_endpoint_auth_method: is not for the profile spa',
    ],
    [
      'a grant of another kind of application',
      client('profile: web\ngrant_types: [urn:ietf:params:oauth:grant-type:device_code]'),
      'grant_types[0]: is not for the profile web',
    ],
    ['keys that are missing', client('require_signed_request_object: true'), 'jwks: is missing'],
    ['keys that are missing at a service', client('profile: service', SECRET), 'jwks: is missing'],
    [
      'a private key in the file',
      client('jwks: { keys: [{ kty: EC, kid: a, crv: P-256, x: a, y: b, d: c }] }'),
      'jwks.keys[0]: is a private key',
    ],
    [
      'keys in two places',
      client('jwks: { keys: [{ kty: EC, kid: a }] }\njwks_uri: https://portal.example/jwks'),
      'jwks_uri: stands beside jwks',
    ],
    ['no PKCE in a browser', client('profile: spa\npkce: optional', SECRET), 'pkce: cannot be optional here'],
    [
      'a token that works too long',
      client('access_token_lifetime: 86400'),
      'access_token_lifetime: is longer than the profile web allows',
    ],
    [
      'a refresh token that works too long',
      client('profile: spa\nrefresh_token_lifetime: 864000', SECRET),
      'refresh_token_lifetime: is longer than the profile spa allows',
    ],
    [
      'a protection of fapi2 switched off',
      client(
        'profile: fapi2\njwks_uri: https://portal.example/jwks\ndpop_bound_access_tokens: false',
        SECRET,
      ),
      'dpop_bound_access_tokens: is demanded by the profile fapi2',
    ],
    [
      'an old signature in fapi2',
      client('profile: fapi2\nid_token_signed_response_alg: RS256', SECRET),
      'id_token_signed_response_alg: is too weak',
    ],
    ['a third party without a purpose', client('first_party: false'), 'purpose: is missing'],
    [
      'pairwise over two hosts',
      client(
        'subject_type: pairwise\nredirect_uris: [https://a.example/cb, https://b.example/cb]',
        'redirect_uris: [https://portal.example/callback]\n',
      ),
      'subject_type: is pairwise over several hosts',
    ],
    [
      'an API that there is not',
      client('resources: { https://api.example/: [lesen] }'),
      'resources.https://api.example/: is not a resource of pforte.yaml',
    ],
    [
      'a second secret that is not there',
      client('client_secret_next: env:NOWHERE'),
      'client_secret_next: the environment has no NOWHERE',
    ],
  ])('%s', (_what, text, expected) => {
    const config = testConfig()
    config.write('clients/portal.yaml', text)
    expect(config.findings().join('\n')).toContain(`clients/portal.yaml: ${expected}`)
  })

  test('a client defined twice', () => {
    const config = testConfig()
    config.write('clients/zweite.yaml', CLIENT_FILE)
    expect(config.findings()).toContain('clients/zweite.yaml: client_id: "portal" is defined twice')
  })

  test('a file that would not be read', () => {
    const config = testConfig()
    config.write('clients/other.yml', CLIENT_FILE)
    expect(config.findings()).toEqual(['clients/other.yml: : is not read: its name ends in .yml'])
  })

  test('a folder of clients that is a file', () => {
    const config = testConfig()
    config.write('clients', undefined)
    config.write('clients', 'nothing')
    expect(config.findings()).toEqual(['clients: : cannot be read (ENOTDIR)'])
  })

  test('and hidden files, examples and a missing folder are none', () => {
    const config = testConfig()
    config.write('clients/.portal.yaml', 'half-writ')
    config.write('clients/other.yaml.example', 'half-writ')
    expect(config.findings()).toEqual([])
    config.write('clients', undefined)
    expect(config.findings()).toEqual([])
  })
})

test.each([
  [
    'web',
    '',
    { grantTypes: ['authorization_code', 'refresh_token'], accessTokenLifetime: 600, pkce: 'required' },
  ],
  ['spa', SECRET, { authMethod: 'none', accessTokenLifetime: 300, refreshTokenLifetime: 28_800 }],
  ['native', SECRET, { authMethod: 'none', pkce: 'required' }],
  ['device', SECRET, { authMethod: 'none', grantTypes: expect.arrayContaining(['refresh_token']) }],
  [
    'fapi2',
    SECRET,
    { authMethod: 'private_key_jwt', pushedRequests: true, dpop: true, accessTokenLifetime: 300 },
  ],
  ['service', SECRET, { authMethod: 'private_key_jwt', grantTypes: ['client_credentials'] }],
])('The profile %s sets safe defaults', (profile, without, expected) => {
  const config = testConfig()
  const keys = ['fapi2', 'service'].includes(profile) ? 'jwks_uri: https://portal.example/jwks' : ''
  config.write('clients/portal.yaml', client(`profile: ${profile}\n${keys}`, without))
  expect(loadSettings(config.env).live.clients.get('portal')).toMatchObject({ profile, ...expected })
})

test('An API of pforte.yaml may be asked for with the scopes it has, and no others', () => {
  const config = testConfig()
  const api = `\nresources:\n  - identifier: https://api.example/\n    name: Anträge\n    scopes: [lesen]\n`
  config.write('pforte.yaml', readFileSync(join(config.folder, 'pforte.yaml'), 'utf8') + api)
  config.write('clients/portal.yaml', client('resources: { https://api.example/: [lesen] }'))
  expect(config.findings()).toEqual([])
  config.write('clients/portal.yaml', client('resources: { https://api.example/: [schreiben] }'))
  expect(config.findings().join()).toContain('has no scope "schreiben"')
})

test('Ten mistakes in five files are reported at once, each with file, path, reason and fix', () => {
  const config = testConfig()
  config.write('pforte.yaml', 'operator: { name: J, zone: Mars/Olympus }\nsesion: {}\n')
  config.write(
    'policy.yaml',
    'levels: [{ acr: a }]\nrules: [{ name: r, demand: {}, stages: { require: 2025-02-30T00:00:00Z } }]\n',
  )
  config.write('clients/portal.yaml', client('profile: spa\npkce: optional'))
  config.write(
    'clients/zwei.yaml',
    'client_id: zwei\nname: Zwei\nredirect_uris: [http://zwei.example/cb, /cb]\nclient_secret: hunter2\n',
  )
  config.write(
    'clients/drei.yaml',
    'client_id: vier\nname: Drei\nfirst_party: false\nredirect_uris: [https://drei.example/cb]\ntoken_endpoint_auth_method: none\n',
  )
  let message = ''
  try {
    loadSettings(config.env)
  } catch (error) {
    message = String(error)
  }
  for (const expected of [
    'pforte.yaml: operator.zone: is not a known time zone',
    'pforte.yaml: sesion: is not a known setting',
    'policy.yaml: rules[0].demand: is empty',
    'policy.yaml: rules[0].stages.require: is not a valid date',
    'clients/portal.yaml: pkce: cannot be optional here',
    'clients/portal.yaml: client_secret: is not used',
    'clients/zwei.yaml: redirect_uris[0]: uses http on a public host',
    'clients/zwei.yaml: redirect_uris[1]: is not an absolute URL',
    'clients/zwei.yaml: client_secret: is not a reference',
    'clients/drei.yaml: client_id: "vier" does not match',
    'clients/drei.yaml: purpose: is missing',
  ])
    expect(message).toContain(expected)
  expect(message).not.toContain('hunter2')
  expect(message.match(/ {2}fix: ./g)?.length).toBe(message.match(/\.yaml: /g)?.length)
})

test('A secret may lie in a file, relative to the configuration folder', () => {
  const config = testConfig()
  mkdirSync(join(config.folder, 'secrets'))
  writeFileSync(join(config.folder, 'secrets/portal'), 'from the file\n')
  config.write('clients/portal.yaml', CLIENT_FILE.replace('env:PORTAL_SECRET', 'file:secrets/portal'))
  expect(loadSettings(config.env).live.clients.get('portal')?.secret).toBe('from the file')
})
