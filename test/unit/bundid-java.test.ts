import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { PREFIX, write } from '../../demo/bundid/saml/tree.ts'
import { serviceProviderMetadata } from '../../src/factors/bundid/metadata.ts'
import { federation, keys, requestIn, us, usual } from '../support/bundid.ts'
import { rawRoot } from '../support/saml/edit.ts'

/** Where Debian puts Apache Santuario and what it needs. */
const LIBRARIES = ['xmlsec', 'slf4j-api', 'slf4j-nop', 'commons-codec'].map(
  (name) => `/usr/share/java/${name}.jar`,
)
const hasJava = spawnSync('javac', ['-version']).status === 0 && LIBRARIES.every(existsSync)
const folder = mkdtempSync(join(tmpdir(), 'pforte-java-'))
const CLASSES = [folder, ...LIBRARIES].join(delimiter)
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const oracle = (xml: string, ...args: string[]): string =>
  execFileSync('java', ['-cp', CLASSES, 'Oracle', ...args], { input: xml, encoding: 'utf8', stdio: 'pipe' })

beforeAll(() => {
  if (!hasJava) return
  for (const from of ['src/factors/bundid/schemas', 'test/support/saml'])
    cpSync(from, folder, { recursive: true })
  execFileSync('javac', ['-cp', CLASSES, '-d', folder, 'test/support/saml/Oracle.java'])
})

const withJava = hasJava ? describe : describe.skip

withJava('Java and Apache Santuario, an implementation with no line in common (skipped without Java)', () => {
  test.each(['rsa-pss-sha256', 'rsa-sha256'] as const)(
    'verifies our requests with %s, and no other',
    async (signatureAlgorithm) => {
      const { show } = await federation({ us: { signatureAlgorithm } }).factor.beginVerification([])
      const certificate = file('signing.pem', keys.signing.certificate)
      expect(oracle(requestIn(show), 'verify', certificate)).toBe('true')
      expect(oracle(requestIn(show).replace('Jobcenter', 'Evil'), 'verify', certificate)).toBe('false')
      expect(oracle(requestIn(show), 'verify', file('other.pem', keys.attacker.certificate))).toBe('false')
    },
  )

  test('signs answers that are taken here, and none with a foreign key', async () => {
    const answered = (key: string) => {
      const sign = (xml: string): string => oracle(xml, 'sign', file('key.pem', key))
      return usual.tampered(sign, {
        signAssertion: false,
        signResponse: false,
        signedAssertion: (assertion) => rawRoot(sign(write(assertion))),
      })
    }
    expect((await answered(keys.identityProvider.key)).ok).toBe(true)
    expect(await answered(keys.attacker.key)).toMatchObject({ hint: { cause: 'signature' } })
  })

  test.each([
    ['RSA-OAEP with SHA-1', 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p'],
    ['RSA-OAEP with SHA-256', 'http://www.w3.org/2009/xmlenc11#rsa-oaep'],
  ])(
    'encrypts assertions with AES-256-GCM and %s that are opened here, and by no other key',
    async (_, oaep) => {
      const answered = (certificate: string) => {
        const sign = (xml: string) => oracle(xml, 'sign', file('idp.pem', keys.identityProvider.key))
        const seal = (xml: string) => oracle(xml, 'encrypt', file('to.pem', certificate), oaep)
        const encrypted = (xml: string) =>
          xml.replace(
            /<saml2:EncryptedAssertion[^>]*>.*<\/saml2:EncryptedAssertion>/,
            () =>
              `<saml2:EncryptedAssertion xmlns:saml2="${PREFIX.saml2}">${seal(assertion)}</saml2:EncryptedAssertion>`,
          )
        let assertion = ''
        return usual.tampered((xml) => sign(encrypted(xml)), {
          signAssertion: false,
          signResponse: false,
          signedAssertion: (tree) => {
            assertion = sign(write(tree))
            return tree
          },
        })
      }
      expect((await answered(keys.encryption.certificate)).ok).toBe(true)
      expect(await answered(keys.attacker.certificate)).toMatchObject({ hint: { cause: 'decryption' } })
    },
  )

  test('finds our metadata and our requests to be what the schemas of SAML say', async () => {
    const { show } = await usual.factor.beginVerification([])
    const protocol = join(folder, 'saml-schema-protocol-2.0.xsd')
    const metadata = join(folder, 'saml-schema-metadata-2.0.xsd')
    expect(oracle(requestIn(show), 'validate', protocol)).toBe('true')
    expect(oracle(serviceProviderMetadata(us), 'validate', metadata)).toBe('true')
    const broken = () => oracle(requestIn(show).replace(' Version="2.0"', ''), 'validate', protocol)
    expect(broken).toThrow('Version')
  })
})
