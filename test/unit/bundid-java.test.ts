import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { write } from '../../demo/bundid/saml/tree.ts'
import { federation, keys, requestIn } from '../support/bundid.ts'
import { rawRoot } from '../support/saml/edit.ts'

const hasJava = spawnSync('javac', ['-version']).status === 0
const folder = mkdtempSync(join(tmpdir(), 'pforte-java-'))
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const oracle = (xml: string, ...args: string[]): string =>
  execFileSync('java', ['-cp', folder, 'Oracle', ...args], { input: xml, encoding: 'utf8' })

beforeAll(() => {
  if (hasJava) execFileSync('javac', ['-d', folder, 'test/support/saml/Oracle.java'])
})

const withJava = hasJava ? describe : describe.skip

withJava(
  'The Java platform, an implementation of signatures with no line in common (skipped without Java)',
  () => {
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
        return federation().tampered(sign, {
          signAssertion: false,
          signResponse: false,
          signedAssertion: (assertion) => rawRoot(sign(write(assertion))),
        })
      }
      expect((await answered(keys.identityProvider.key)).ok).toBe(true)
      expect(await answered(keys.attacker.key)).toMatchObject({ hint: { cause: 'signature' } })
    })
  },
)
