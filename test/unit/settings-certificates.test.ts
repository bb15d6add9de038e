import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { testConfig } from '../support/config.ts'

const MTLS = '\nmtls: { certificate_header: X-Client-Cert, verified_header: X-Client-Verify }\n'
const CLIENT = 'client_id: portal\nname: Portal\nredirect_uris: [https://portal.example/callback]\n'

const found = (client: string, { mtls = MTLS, proxies = '10.0.0.1' } = {}): string[] => {
  const config = testConfig()
  config.write('pforte.yaml', readFileSync(join(config.folder, 'pforte.yaml'), 'utf8') + mtls)
  config.write('clients/portal.yaml', CLIENT + client)
  config.env.TRUSTED_PROXIES = proxies
  return config.findings()
}
const BY_NAME = 'token_endpoint_auth_method: tls_client_auth\ntls_client_auth_san_dns: portal.example\n'

describe('Certificates in the configuration', () => {
  test('are accepted by name and by themselves, and with the highest protection', () => {
    expect(found(BY_NAME)).toEqual([])
    const x5c = 'jwks: { keys: [{ kty: EC, kid: k1, x5c: [abc] }] }'
    expect(found(`token_endpoint_auth_method: self_signed_tls_client_auth\n${x5c}\n`)).toEqual([])
    const bound = 'profile: fapi2\ntls_client_certificate_bound_access_tokens: true\n'
    expect(found(`${BY_NAME}${bound}dpop_bound_access_tokens: false\n`)).toEqual([])
  })

  test.each([
    ['no header', BY_NAME, { mtls: '' }, 'certificates do not reach this provider'],
    ['no proxy', BY_NAME, { proxies: '' }, 'mtls: no proxy is trusted to hand certificates on'],
    ['everybody', BY_NAME, { proxies: '10.0.0.1,0.0.0.0/0' }, 'mtls: everybody is trusted'],
    [
      'a header that everything needs',
      BY_NAME,
      { mtls: '\nmtls: { certificate_header: authorization, verified_header: x-a }\n' },
      'mtls.certificate_header: is not a header for this',
    ],
    ['no name', 'token_endpoint_auth_method: tls_client_auth\n', {}, 'needs one name of the certificate'],
    ['two names', `${BY_NAME}tls_client_auth_san_ip: 192.0.2.1\n`, {}, 'needs one name of the certificate'],
    [
      'a name for nothing',
      'token_endpoint_auth_method: none\ntls_client_auth_san_ip: 192.0.2.1\n',
      {},
      'tls_client_auth_san_ip: is not used where token_endpoint_auth_method is none',
    ],
    [
      'no keys',
      'token_endpoint_auth_method: self_signed_tls_client_auth\n',
      {},
      'jwks: is missing, but self_signed_tls_client_auth needs it',
    ],
    [
      'a key without its certificate',
      'token_endpoint_auth_method: self_signed_tls_client_auth\njwks: { keys: [{ kty: EC, kid: k1 }] }\n',
      {},
      'jwks.keys[0].x5c: is missing',
    ],
    ['one in a browser', `${BY_NAME}profile: spa\n`, {}, 'is not for the profile spa'],
  ])('are found to be wrong: %s', (_what, client, around, expected) => {
    expect(found(client, around).join('\n')).toContain(expected)
  })
})
