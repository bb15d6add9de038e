import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SEALED } from '../../src/store/reseal.ts'
import { environmentOf } from '../support/admin.ts'
import { postgres } from '../support/backends.ts'
import { testConfig } from '../support/config.ts'
import { pforte, start } from '../support/process.ts'
import { startProvider } from '../support/provider.ts'

const OTHER = Buffer.alloc(32, 4)

describe('The command for keys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pforte-keys-'))
  const pem = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }): string => {
    const file = join(folder, `${Math.random()}.pem`)
    writeFileSync(file, key.export({ type: 'pkcs8', format: 'pem' }))
    return file
  }

  test('makes keys that sign later, takes one over that was made elsewhere, and withdraws', async () => {
    const env = environmentOf(await postgres.open())
    expect(await pforte(['keys', 'list'], env)).toMatchObject({ code: 0, stdout: /no keys yet/ })

    const rotated = await pforte(['keys', 'rotate'], env)
    expect(rotated.stdout).toMatch(/^Made \S{43} \(ES256\); it signs from .*\nMade \S{43} \(RS256\)/)
    const listed = await pforte(['keys', 'list'], env)
    expect(listed.stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^\S{43} {2}(ES256|RS256) {2}signs /),
      expect.stringMatching(/^\S{43} {2}(ES256|RS256) {2}signs /),
    ])

    const file = pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
    const taken = await pforte(['keys', 'import', file, '--at', '2030-01-01T00:00:00Z'], env)
    const kid = /^(\S{43}) \(ES256\) is there; it signs from 2030-01-01T00:00:00.000Z/.exec(taken.stdout)?.[1]
    expect(kid).toBeDefined()
    expect((await pforte(['keys', 'list'], env)).stdout).toContain(`${kid}  ES256  next `)
    expect(await pforte(['keys', 'retire', kid ?? ''], env)).toMatchObject({ code: 0 })
    expect((await pforte(['keys', 'list'], env)).stdout).not.toContain(kid)
  }, 90_000)

  test('says what is wrong and changes nothing', async () => {
    const env = environmentOf(await postgres.open())
    await pforte(['keys', 'rotate', '--now'], env)
    const [kid = ''] = (await pforte(['keys', 'list'], env)).stdout.split(' ')
    expect(await pforte(['keys', 'retire', kid], env)).toMatchObject({
      code: 65,
      stderr: expect.stringMatching(
        /is the only key for .* Make another first: npx pforte keys rotate --now/,
      ),
    })
    expect(await pforte(['keys', 'retire', 'nobody'], env)).toMatchObject({
      code: 65,
      stderr: 'There is no key nobody.\n',
    })
    const weak = pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)
    expect(await pforte(['keys', 'import', weak], env)).toMatchObject({
      code: 66,
      stderr: expect.stringContaining('neither an EC key on P-256 nor an RSA key of at least 3000 bits'),
    })
    expect((await pforte(['keys', 'list'], env)).stdout.trim().split('\n')).toHaveLength(2)
  }, 90_000)
})

describe('When the key ring is renewed', () => {
  test('what the key before has sealed opens; after reencrypt it is needed no more, and a wrong ring is refused', async () => {
    const backend = await postgres.open()
    const env = environmentOf(backend)
    const old = { id: 'test', key: Buffer.alloc(32, 9) }
    const next = { id: 'next', key: OTHER }
    const before = await startProvider({ ...backend, keyRing: [old] })
    const { id } = await before.addAccount()
    await before.app.stores.tokens.upsert('Grant', 'a-grant', { accountId: id }, 1_000)
    await before.close()

    const both = { ...env, PFORTE_KEY_RING: `next:${OTHER.toString('base64')},${env.PFORTE_KEY_RING}` }
    expect(await pforte(['keys', 'reencrypt'], both)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^Sealed \d+ values with the key "next"\.\nNothing that is kept needs "test"/,
      ),
    })
    expect(await pforte(['keys', 'reencrypt'], both)).toMatchObject({ stdout: /^Sealed 0 values/ })

    const after = await startProvider({ ...backend, keyRing: [next] })
    expect(await after.app.stores.credentials.ofAccount(id)).toHaveLength(1)
    expect((await after.app.stores.tokens.find('Grant', 'a-grant'))?.payload).toMatchObject({ accountId: id })
    await after.close()

    const server = await start(['src/main.ts'], { ...testConfig().env, ...env, LOG_LEVEL: 'silent' }).ended
    expect(server).toEqual({
      code: 78,
      stdout: '',
      stderr:
        'PFORTE_KEY_RING is not that of this database: the key ring has no key "next", with which secrets.value is sealed.\n',
    })
  }, 90_000)

  test('reencrypt knows every place where sealed values are kept for long', () => {
    const places = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [...readFileSync(join('src', file), 'utf8').matchAll(/[`'](\w+)\|(\w+)\|\$\{/g)])
      .map(([, table, column]) => `${table}.${column}`)
    const known = [...SEALED.map(({ table, column }) => `${table}.${column}`), 'ephemeral.value']
    expect([...new Set(places)].sort()).toEqual(known.sort())
  })
})
