import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERRORS } from '../../src/domain/errors.ts'

const LOCALES = 'views/locales'
const MOST_WORDS = 15
const seedKeys: string[] = JSON.parse(readFileSync('test/support/seed-keys.json', 'utf8'))
const read = (file: string): Record<string, string> => JSON.parse(readFileSync(join(LOCALES, file), 'utf8'))
const german = read('de.json')
const keys = Object.keys(german)
const others = readdirSync(LOCALES).filter((file) => file !== 'de.json')

/** Everything that names texts: templates, and code that hands keys on. */
const sources = ['views', 'src']
  .flatMap((folder) => filesIn(folder))
  .filter((file) => /\.(eta|ts)$/.test(file))
const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n')

describe('The texts', () => {
  test.each(others)(
    'of %s are complete: the same keys as the German ones, and the same placeholders',
    (file) => {
      const texts = read(file)
      const singular = (key: string) => key.replace(/_(zero|one|two|few|many|other)$/, '')
      expect([...new Set(Object.keys(texts).map(singular))].sort()).toEqual(
        [...new Set(keys.map(singular))].sort(),
      )
      for (const key of keys.filter((one) => one in texts))
        expect([key, placeholders(texts[key])]).toEqual([key, placeholders(german[key])])
    },
  )

  test('are written in plain words: no German sentence is longer than 15 words, but those of the agency', () => {
    const long = Object.entries(german)
      .filter(([key]) => !seedKeys.includes(key))
      .flatMap(([key, value]) => value.split(/(?<=[.!?])\s+/).map((sentence) => ({ key, sentence })))
      .filter(({ sentence }) => sentence.split(/\s+/).length > MOST_WORDS)
    expect(long).toEqual([])
  })

  test('whose wording the agency fixed are there', () => {
    expect(seedKeys.filter((key) => !german[key])).toEqual([])
    expect(german['totp.intro']).toBe(
      'Mit einem ständig neu erzeugten Code aus einer Authenticator- oder Passwort-Manager-App schützen Sie Ihr Konto, z.B. wenn Ihr Passwort gestohlen wird.',
    )
  })

  test('that a page names are there', () => {
    const named = [...text.matchAll(/\bt\(\s*'([^']+)'\s*[,)]/g)].map(([, key = '']) => key)
    expect(named.length).toBeGreaterThan(30)
    expect([...new Set(named)].filter((key) => !isThere(key))).toEqual([])
    const messages = Object.values(ERRORS).flatMap(({ message, title }) => [message, title])
    expect(messages.filter((key) => !isThere(key))).toEqual([])
  })

  test('are all used: none is left over', () => {
    const computed = [...text.matchAll(/t\(\s*(?:'([^']+\.)'\s*\+|`([^`$]+\.)\$\{)/g)].map(
      (m) => m[1] ?? m[2] ?? '',
    )
    const families = [
      ...new Set([
        ...computed,
        'factor.err.',
        'password.err.',
        'email.err.',
        'entry.err.',
        'tac.err.',
        'desk.err.',
        'desk.document.',
        'totp.err.',
        'webauthn.err.',
        'bundid.err.',
        'saml.err.',
        'recovery-codes.err.',
        'g.',
        'language.',
      ]),
    ]
    const unused = keys.filter((key) => {
      const base = key.replace(/_(one|other)$/, '')
      return !text.includes(`'${base}'`) && !families.some((family) => key.startsWith(family))
    })
    expect(unused).toEqual([])
  })

  test.each(['password', 'totp', 'webauthn', 'bundid', 'recovery-codes'])(
    'say for every hint of %s what to do',
    (factor) => {
      const code = filesIn(`src/factors/${factor}`, true)
        .map((file) => readFileSync(file, 'utf8'))
        .join('\n')
      const hints = [...code.matchAll(/code: (?:[^,'}]+\? )?'([a-z_]+)'(?: : '([a-z_]+)')?/g)].flatMap(
        ([, a, b]) => [a, b],
      )
      for (const hint of hints.filter((one) => one !== undefined))
        expect([hint, isThere(`${factor}.err.${hint}`) || isThere(`factor.err.${hint}`)]).toEqual([
          hint,
          true,
        ])
    },
  )
})

const isThere = (key: string): boolean => key in german || `${key}_other` in german

const placeholders = (value = ''): string[] => [...value.matchAll(/\{\w+\}/g)].map(([name]) => name).sort()

function filesIn(folder: string, maybe = false): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  } catch (error) {
    if (maybe) return []
    throw error
  }
}
