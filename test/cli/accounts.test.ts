import { z } from 'zod'
import { createHasher } from '../../src/factors/password/hash.ts'
import { spend, subjectNamed } from '../../src/journey/attempts.ts'
import type { Stores } from '../../src/journey/ports.ts'
import { environmentOf, withStores } from '../support/admin.ts'
import { embedded, postgres } from '../support/backends.ts'
import { pforte } from '../support/process.ts'

const PASSWORD = 'Sonne über Halle'
const dataSchema = z.object({ phc: z.string() })
const hasher = createHasher({ memoryKiB: 64, passes: 1, parallelism: 1, queue: 10 })
const STRANGER = {
  network: { key: '192.0.2.1', guesses: 300 },
  address: '192.0.2.1',
  knownDevice: false,
}

async function auditOf({ pool }: { pool: { query(sql: string): Promise<{ rows: unknown[] }> } }) {
  const { rows } = await pool.query('SELECT event, account_id, data FROM audit ORDER BY id')
  return rows as { event: string; account_id: string; data: object }[]
}

/** Each command starts the embedded database anew. */
const PATIENCE = 90_000

describe.each([embedded, postgres])('On $name', ({ open }) => {
  test(
    'an account is created, shown, locked, unlocked and erased, and each change is audited',
    async () => {
      const backend = await open()
      const env = environmentOf(backend)
      const create = ['accounts', 'create', 'Max', '--group', 'citizens', '--email', 'max@example.org']
      const created = await pforte([...create, '--customer-number', '377A123456'], env, `${PASSWORD}\n`)
      const id = /^Created Max \(([0-9a-f-]{36})\)\.\n$/.exec(created.stdout)?.[1] ?? ''
      expect(created).toEqual({ code: 0, stdout: `Created Max (${id}).\n`, stderr: '' })

      const shown = await pforte(['accounts', 'show', 'MAX@example.org'], env)
      expect(shown.code).toBe(0)
      expect(shown.stdout).toMatch(/^username +Max$/m)
      expect(shown.stdout).toMatch(/^email +max@example.org \(not verified\)$/m)
      expect(shown.stdout).toMatch(/^customer_number +377A123456$/m)
      expect(shown.stdout).toMatch(/^locked +no$/m)
      expect(shown.stdout).toMatch(/^credential 1 +password "password", set up .*, never used$/m)
      expect(shown.stdout).not.toMatch(/argon2|v1\.test\./)

      const locked = await pforte(['accounts', 'lock', id], env)
      expect(locked).toMatchObject({ code: 0, stderr: '' })
      const unlocked = await pforte(['accounts', 'unlock', 'max'], env)
      expect(unlocked.stdout).toBe(`Unlocked Max (${id}).\nNo failed attempts were counted.\n`)

      await withStores(backend, async (opened) => {
        const [credential] = await opened.stores.credentials.ofAccount(id)
        const { phc } = dataSchema.parse(credential?.data)
        expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
        expect(await hasher.verify(phc, PASSWORD)).toBe(true)
        expect(await auditOf(opened)).toEqual([
          { event: 'account.created', account_id: id, data: { by: 'cli' } },
          { event: 'account.locked', account_id: id, data: {} },
          { event: 'account.unlocked', account_id: id, data: {} },
        ])
      })

      expect((await pforte(['accounts', 'erase', 'max'], env)).code).toBe(64)
      const erased = await pforte(['accounts', 'erase', 'max', '--yes'], env)
      expect(erased).toEqual({ code: 0, stdout: `Erased Max (${id}).\n`, stderr: '' })
      await withStores(backend, async (opened) => {
        expect(await opened.stores.accounts.byId(id)).toBeUndefined()
        expect((await auditOf(opened)).at(-1)).toEqual({
          event: 'account.erased',
          account_id: id,
          data: { by: 'cli' },
        })
      })
    },
    PATIENCE,
  )

  test(
    'unlocking lets a person in again whom strangers have shut out',
    async () => {
      const backend = await open()
      const env = environmentOf(backend)
      await pforte(['accounts', 'create', 'erika', '--group', 'citizens'], env, PASSWORD)
      await pforte(['accounts', 'create', 'max', '--group', 'citizens'], env, PASSWORD)
      const [ofErika, ofMax] = [subjectNamed('Erika'), subjectNamed('max')]
      const guess = ({ attempts }: Stores, subject: string, factor = 'password') =>
        spend(attempts, factor, subject, STRANGER)

      const id = await withStores(backend, async ({ stores }) => {
        const account = await stores.accounts.byLogin('erika')
        for (let n = 0; n < 10; n++) {
          await guess(stores, ofErika)
          await guess(stores, ofMax)
          await guess(stores, account?.id ?? '', 'totp')
        }
        expect(await guess(stores, ofErika)).toBeGreaterThan(0)
        expect(await guess(stores, account?.id ?? '', 'totp')).toBeGreaterThan(0)
        return account?.id ?? ''
      })
      const unlocked = await pforte(['accounts', 'unlock', 'erika'], env)
      expect(unlocked.stdout).toBe('erika was not locked.\nIts failed attempts are forgotten.\n')

      await withStores(backend, async (opened) => {
        expect(await guess(opened.stores, ofErika)).toBe(0)
        expect(await guess(opened.stores, id, 'totp')).toBe(0)
        expect(await guess(opened.stores, ofMax)).toBeGreaterThan(0)
        const pardoned = (await auditOf(opened)).filter(({ event }) => event === 'attempts.pardoned')
        expect(pardoned).toEqual([{ event: 'attempts.pardoned', account_id: id, data: {} }])
      })
    },
    PATIENCE,
  )
})

test('What cannot be done is said plainly, and changes nothing', async () => {
  const backend = await postgres.open()
  const env = environmentOf(backend)
  const create = (name: string, more: string[] = [], password = PASSWORD) =>
    pforte(['accounts', 'create', name, '--group', 'citizens', ...more], env, password)
  await create('max', ['--email', 'max@example.org'])

  expect(await create('MAX')).toMatchObject({ code: 65, stderr: expect.stringContaining('in use already') })
  expect(await create('max@example.org')).toMatchObject({ code: 65 })
  expect(await create('otto', ['--email', 'otto'])).toMatchObject({
    code: 65,
    stderr: 'The account was not created: email: is not an e-mail address.\n',
  })
  expect(await create('otto', [], '')).toMatchObject({ code: 65 })
  expect(await create('otto', [], 'kurz\n')).toMatchObject({
    code: 65,
    stderr: 'The password on standard input has 4 characters; 8 are the least. Nothing was changed.\n',
  })
  expect(await create('otto', [], 'eine Zeile\nund noch eine\n')).toMatchObject({ code: 65 })
  expect(await pforte(['accounts', 'lock', 'otto'], env)).toEqual({
    code: 67,
    stdout: '',
    stderr: 'No account has the user name, e-mail address or id "otto".\n',
  })
  await withStores(backend, async ({ pool }) => {
    expect((await pool.query('SELECT username FROM accounts')).rows).toEqual([{ username: 'max' }])
  })
})

test('A key ring that is not that of the database is refused: what it sealed, the server could not open', async () => {
  const env = environmentOf(await postgres.open())
  const create = (name: string, keyRing: string) =>
    pforte(
      ['accounts', 'create', name, '--group', 'citizens'],
      { ...env, PFORTE_KEY_RING: keyRing },
      PASSWORD,
    )
  const ring = env.PFORTE_KEY_RING ?? ''
  const other = Buffer.alloc(32, 4).toString('base64')
  await create('max', ring)

  expect(await create('erika', `test:${other}`)).toMatchObject({
    code: 78,
    stderr: expect.stringMatching(
      /^PFORTE_KEY_RING is not that of this database: .*does not open with key "test"/,
    ),
  })
  expect(await create('erika', `new:${other}`)).toMatchObject({ code: 78 })
  expect(await create('erika', `new:${other},${ring}`)).toMatchObject({ code: 0 })
})
