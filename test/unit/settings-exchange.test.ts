import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { testConfig } from '../support/config.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'
const API = 'resources: [{ identifier: https://a.example/, name: A, scopes: [lesen] }]'
const RIGHT = {
  client_id: 'portal',
  name: 'Portal',
  profile: 'service',
  token_endpoint_auth_method: 'client_secret_basic',
  client_secret: 'env:PORTAL_SECRET',
  grant_types: [GRANT],
  token_exchange_from: ['https://a.example/'],
  resources: { 'https://a.example/': ['lesen'] },
}

const found = (changed: object): string => {
  const config = testConfig()
  config.write('pforte.yaml', `${readFileSync(join(config.folder, 'pforte.yaml'), 'utf8')}\n${API}\n`)
  config.write('clients/portal.yaml', JSON.stringify({ ...RIGHT, ...changed }))
  return config.findings().join('\n')
}

describe('Token exchange in the configuration', () => {
  test('is accepted where the file says whose tokens and what for', () => expect(found({})).toBe(''))

  test.each([
    [
      'from nowhere',
      { token_exchange_from: undefined },
      `token_exchange_from: is missing, but ${GRANT} needs it`,
    ],
    ['from an unknown API', { token_exchange_from: ['x'] }, 'token_exchange_from[0]: is not a resource'],
    ['for nothing', { resources: {} }, 'resources: is empty'],
    ['without the grant', { grant_types: ['client_credentials'] }, 'token_exchange_from: is not used'],
    [
      'for somebody else',
      { first_party: false, purpose: { de: 'x', en: 'x' } },
      'needs an application of your own',
    ],
    [
      'without a secret',
      { profile: 'web', token_endpoint_auth_method: 'none', client_secret: undefined },
      'needs a secret',
    ],
    ['in a browser', { profile: 'spa' }, 'grant_types[0]: is not for the profile spa'],
    ['with DPoP', { dpop_bound_access_tokens: true }, 'dpop_bound_access_tokens: is not for token exchange'],
  ])('is found to be wrong %s', (_what, changed, expected) => expect(found(changed)).toContain(expected))
})
