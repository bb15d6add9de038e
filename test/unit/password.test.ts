import { pbkdf2Sync, randomBytes } from 'node:crypto'
import argon2 from '@node-rs/argon2'
import bcrypt from '@node-rs/bcrypt'
import type { Credential } from '../../src/domain/factor.ts'
import { createHasher } from '../../src/factors/password/hash.ts'
import { createPassword, passwordCredential } from '../../src/factors/password/index.ts'

/** Cheap, so that the tests are quick; the scheme is the same. */
const cost = { memoryKiB: 64, passes: 2, parallelism: 1, queue: 8 }
const hasherWith = (settings = cost) => createHasher(settings)
const hasher = hasherWith()
const password = createPassword({ hasher, least: 8, leastAlone: 15, service: () => '' })

const credential = (phc: string): Credential<{ phc: string }> => ({
  ...passwordCredential(phc),
  id: 'c1',
  accountId: 'a1',
  factor: 'password',
  version: 3,
  suspended: false,
  createdAt: 0,
})

const login = (given: Record<string, string>, stored?: string) =>
  password.finishVerification(null, given, async () => (stored ? [credential(stored)] : []))

const keptAfter = async (typed: string, stored: string) => {
  const verdict = await login({ identifier: 'erika', password: typed }, stored)
  return verdict.ok ? verdict.value.credential.data.phc : undefined
}

const b64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll('=', '')

/** Well-formed, but guessed by chance, or never finished. */
const UNUSABLE = [
  '$pbkdf2-sha256$i=600000$YWFhYWFhYWE$Yg',
  '$pbkdf2-sha256$i=0$YWFhYWFhYWE$YWFhYWFhYWFhYWFhYWFhYQ',
  '$argon2id$v=19$m=65536,t=2,p=1$YWFhYWFhYWE$YQ',
  '$argon2id$v=19$m=9999999,t=2,p=1$YWFhYWFhYWE$YWFhYWFhYWFhYWFhYWFhYQ',
  `$2b$31$${'a'.repeat(53)}`,
]

describe('A password', () => {
  test('that is right is accepted, and the hash stays as it is', async () => {
    const stored = await hasher.hash('Sonne über Halle')
    const verdict = await login({ identifier: 'erika', password: 'Sonne über Halle' }, stored)
    expect(verdict).toEqual({
      ok: true,
      value: { credential: credential(stored), strength: password.yields },
    })
  })

  test('that is wrong is refused just as one of an unknown account', async () => {
    const wrong = await login({ identifier: 'erika', password: 'falsch' }, await hasher.hash('richtig'))
    const unknown = await login({ identifier: 'niemand', password: 'falsch' })
    expect(wrong).toEqual({ ok: false, reason: 'wrong', hint: { code: 'wrong', field: 'identifier' } })
    expect(unknown).toEqual(wrong)
  })

  test.each([
    [{ identifier: '', password: 'x' }, 'id_missing', 'identifier'],
    [{ identifier: '  ', password: 'x' }, 'id_missing', 'identifier'],
    [{ identifier: 'erika', password: '' }, 'pw_missing', 'password'],
    [{ identifier: 'erika' }, 'pw_missing', 'password'],
  ])('or name that is missing is named: %j', async (given, code, field) => {
    expect(await login(given)).toEqual({ ok: false, reason: 'malformed', hint: { code, field } })
  })

  test('is asked for without a name where the account is known already', async () => {
    const stored = await hasher.hash('richtig')
    expect((await login({ password: 'richtig' }, stored)).ok).toBe(true)
  })

  test('is never shortened: a change in the 200th character counts', async () => {
    const stored = await hasher.hash(`${'x'.repeat(199)}a`)
    expect(await keptAfter(`${'x'.repeat(199)}b`, stored)).toBeUndefined()
    expect(await keptAfter(`${'x'.repeat(199)}a`, stored)).toBe(stored)
  })

  test('typed on another keyboard is the same: composed and decomposed letters', async () => {
    const stored = await hasher.hash('M\u00fcller Stra\u00dfe')
    expect(await keptAfter('Mu\u0308ller Stra\u00dfe', stored)).toBe(stored)
  })

  test('is never set up during a login, nor changed by an answer that nothing was asked for', async () => {
    expect(password.enrollable).toBe(false)
    expect(await password.finishEnrolment(null, { password: 'x' })).toEqual({
      ok: false,
      reason: 'expired',
    })
  })
})

describe('A stored hash', () => {
  test('has the parameters that are set', async () => {
    const phc = await hasherWith({ ...cost, memoryKiB: 19456 }).hash('x')
    expect(argon2.parseOptions(phc)).toMatchObject({
      algorithm: 2,
      memoryCost: 19456,
      timeCost: 2,
      parallelism: 1,
    })
  })

  test.each([
    ['less memory', () => argon2.hash('geheim', { memoryCost: 32, timeCost: 2 })],
    ['fewer passes', () => argon2.hash('geheim', { memoryCost: 64, timeCost: 1 })],
    ['bcrypt', () => bcrypt.hash('geheim', 4)],
    ['PBKDF2-SHA256', async () => pbkdf2Phc('sha256', 32)],
    ['PBKDF2-SHA512', async () => pbkdf2Phc('sha512', 64)],
  ])('of an older kind (%s) is checked, and replaced once the password was right', async (_, make) => {
    const old = await make()
    expect(password.data.parse({ phc: old })).toEqual({ phc: old })
    expect(await keptAfter('falsch', old)).toBeUndefined()
    const renewed = await keptAfter('geheim', old)
    expect(renewed).toMatch(/^\$argon2id\$v=19\$m=64,t=2,p=1\$/)
    expect(await keptAfter('geheim', renewed ?? '')).toBe(renewed)
  })

  test('imported from the raw bytes that were typed still opens', async () => {
    const raw = await bcrypt.hash('Mu\u0308ller', 4)
    expect(await keptAfter('Mu\u0308ller', raw)).toMatch(/^\$argon2id/)
    expect(await keptAfter('M\u00fcller', raw)).toBeUndefined()
  })

  test.each(['', 'geheim', '$1$md5', '$pbkdf2-md5$i=1$AAAA$AAAA', '$2b$10$short', ...UNUSABLE])(
    'of no known scheme is refused when it is read, not at login: %j',
    (phc) => expect(() => password.data.parse({ phc })).toThrow(),
  )
})

function pbkdf2Phc(digest: 'sha256' | 'sha512', length: number): string {
  const salt = randomBytes(16)
  return `$pbkdf2-${digest}$i=1000,l=${length}$${b64(salt)}$${b64(pbkdf2Sync('geheim', salt, 1000, length, digest))}`
}
