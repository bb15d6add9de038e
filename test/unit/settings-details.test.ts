import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLIENT_FILE, testConfig } from '../support/config.ts'

const API = 'resources: [{ identifier: https://a.example/, name: A, scopes: [lesen] }]'
const TYPE =
  'authorization_details: { antrag: { resource: https://a.example/, actions: { los: { de: L, en: L } } } }'

const found = (client: string, parts = `${API}\n${TYPE}`): string => {
  const config = testConfig()
  config.write('pforte.yaml', `${readFileSync(join(config.folder, 'pforte.yaml'), 'utf8')}\n${parts}\n`)
  config.write('clients/portal.yaml', `${CLIENT_FILE}${client}\n`)
  return config.findings().join('\n')
}
const RIGHT = 'authorization_details_types: [antrag]\nresources: { https://a.example/: [lesen] }'

describe('Authorization in detail, and registration, in the configuration', () => {
  test('are accepted', () => {
    expect(found(RIGHT)).toBe('')
    expect(found('', 'client_registration: { profiles: [web] }')).toBe('')
  })

  test.each([
    [
      'an unknown type',
      'authorization_details_types: [zahlung]',
      undefined,
      'is not in authorization_details',
    ],
    [
      'a type without its API',
      'authorization_details_types: [antrag]',
      undefined,
      'which is not in resources',
    ],
    ['a type of an unknown API', '', TYPE, 'authorization_details.antrag.resource: is not in resources'],
    [
      'a type without actions',
      '',
      `${API}\nauthorization_details: { antrag: { resource: https://a.example/, actions: {} } }`,
      'authorization_details.antrag.actions: is empty',
    ],
    ['signing without its profile', 'message_signing: true', undefined, 'is not for the profile web'],
    [
      'services that register themselves',
      '',
      'client_registration: { profiles: [service] }',
      'client_registration.profiles[0]: is not a known value',
    ],
  ])('are found to be wrong: %s', (_what, client, parts, expected) =>
    expect(found(client, parts)).toContain(expected),
  )
})
