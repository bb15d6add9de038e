import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadSettings } from '../../src/settings/load.ts'
import { CLIENT_FILE, testConfig } from '../support/config.ts'

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
      'an id that is no name of a file',
      client(`client_id: ${'x'.repeat(300)}`, 'client_id: portal\n'),
      'client_id: is not usable as an id',
    ],
    [
      'another id than the file',
      client('client_id: other', 'client_id: portal\n'),
      'client_id: "other" does not match the name of the file',
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

test('A secret may lie in a file, relative to the configuration folder', () => {
  const config = testConfig()
  mkdirSync(join(config.folder, 'secrets'))
  writeFileSync(join(config.folder, 'secrets/portal'), 'from the file\n')
  config.write('clients/portal.yaml', CLIENT_FILE.replace('env:PORTAL_SECRET', 'file:secrets/portal'))
  expect(loadSettings(config.env).live.clients.get('portal')?.secret).toBe('from the file')
})
