import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { makeKeyPair } from '../../demo/bundid/certificate.ts'
import { identityProviderMetadata } from '../../demo/bundid/saml/metadata.ts'
import { testConfig } from '../support/config.ts'
import { pforte } from '../support/process.ts'
import { metadataErrors } from '../support/saml/metadata.ts'

const DAY = 24 * 3600_000

/** Configured with BundID; our signing certificate for bundid ends in a month, the others in two years. */
function configuration() {
  const { folder, env, write } = testConfig()
  const ends = Date.now() + 30 * DAY
  const pairs = { signing: makeKeyPair('signing', 3072, ends), encryption: makeKeyPair('encryption') }
  for (const [name, { key, certificate }] of Object.entries(pairs)) write(`${name}.pem`, key + certificate)
  const sso = { post: 'https://bundid.example/post', redirect: 'https://bundid.example/redirect' }
  write(
    'idp.xml',
    identityProviderMetadata('https://bundid.example/idp', sso, [pairs.encryption.certificate]),
  )
  const bundid = {
    metadata: 'file:idp.xml',
    entity_id: 'https://login.example',
    signing_key: 'file:signing.pem',
    encryption_keys: ['file:encryption.pem'],
    display_name: 'Jobcenter',
    online_service_id: 'BMI-A1234',
  }
  write(
    'pforte.yaml',
    stringify({
      ...parse(readFileSync(join(folder, 'pforte.yaml'), 'utf8')),
      identity_providers: { bundid },
    }),
  )
  return { env, ends }
}

describe('With BundID the command', () => {
  test('prints the metadata that is uploaded there', async () => {
    const { code, stdout } = await pforte(['bundid', 'metadata'], configuration().env)
    expect(code).toBe(0)
    expect(await metadataErrors(stdout)).toEqual([])
    expect(stdout).toContain('entityID="https://login.example"')
  })

  test('says when certificates end, and which one must be renewed', async () => {
    const { env, ends } = configuration()
    const { code, stdout } = await pforte(['check'], env)
    expect(code).toBe(0)
    const year = String(new Date(ends).getFullYear())
    const urgent = stdout.split('\n').filter((line) => line.includes('RENEW'))
    expect(urgent).toEqual([
      expect.stringMatching(new RegExp(`our signing certificate for bundid ends on .* ${year},.*`)),
    ])
    expect(stdout.match(/certificate .*ends on/g)).toHaveLength(3)
  })
})

test('Without BundID there is no metadata to print, and the command says so', async () => {
  const { code, stdout, stderr } = await pforte(['bundid', 'metadata'], testConfig().env)
  expect({ code, stdout }).toEqual({ code: 78, stdout: '' })
  expect(stderr).toContain('pforte.yaml has no bundid under identity_providers.')
})
