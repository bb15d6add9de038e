import { X509Certificate } from 'node:crypto'
import { loadSettings } from '../../src/settings/load.ts'
import { pforteSchema } from '../../src/settings/schema.ts'
import { MAKER } from '../support/attestation.ts'
import { testConfig } from '../support/config.ts'

const read = (passkeys: unknown) =>
  pforteSchema.safeParse({ operator: { name: 'Jobcenter', zone: 'Europe/Berlin' }, passkeys })

describe('The settings of passkeys', () => {
  test('may be left out: no other origin, and plain names', () => {
    expect(read(undefined).data?.passkeys).toEqual({ related_origins: [], unicode_names: false })
  })

  test.each(['https://portal.example', 'https://portal.example:8443', 'http://localhost:3000'])(
    'take the origin %s',
    (origin) => expect(read({ related_origins: [origin] }).success).toBe(true),
  )

  test.each([
    'https://portal.example/',
    'https://portal.example/login',
    'https://portal.example:443',
    'https://Portal.example',
    'http://portal.example',
    'https://*.example',
    'portal.example',
    'android:apk-key-hash:x',
    '',
  ])('refuse „%s“, which no browser reports as an origin', (origin) => {
    expect(read({ related_origins: [origin] }).success).toBe(false)
  })
})

describe('The models that alone are allowed', () => {
  const root = new X509Certificate(MAKER.root)
  const block = (aaguid: string, roots = 'file:maker.pem') => `
operator: { name: Jobcenter, zone: Europe/Berlin }
passkeys: { models: { groups: [staff], allowed: [{ aaguid: ${aaguid}, roots: "${roots}" }] } }
`
  test("are read with their maker's roots", () => {
    const config = testConfig()
    config.write('maker.pem', root.toString())
    config.write('pforte.yaml', block(MAKER.aaguid.toUpperCase()))
    const { models } = loadSettings(config.env).passkeys
    expect(models?.groups).toEqual(['staff'])
    expect(models?.allowed).toMatchObject([{ aaguid: MAKER.aaguid }])
    expect(models?.allowed[0]?.roots.map((one) => one.fingerprint256)).toEqual([root.fingerprint256])
  })

  test.each([
    ['not there', undefined, 'maker.pem cannot be read or is empty'],
    ['no certificate', 'hello', 'holds no certificate'],
    [
      'a broken one',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      'holds a certificate that cannot be read',
    ],
  ])('are a mistake where the file is %s', (_, file, reason) => {
    const config = testConfig()
    if (file) config.write('maker.pem', file)
    config.write('pforte.yaml', block(MAKER.aaguid))
    expect(config.findings()).toEqual([`pforte.yaml: passkeys.models.allowed[0].roots: ${reason}`])
  })

  test('are a mistake where they are no AAGUID, or none at all', () => {
    expect(read({ models: { allowed: [{ aaguid: 'YubiKey', roots: 'file:x' }] } }).success).toBe(false)
    expect(read({ models: { allowed: [] } }).success).toBe(false)
  })
})
