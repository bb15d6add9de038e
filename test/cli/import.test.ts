import { pbkdf2Sync } from 'node:crypto'
import bcrypt from '@node-rs/bcrypt'
import { createHasher } from '../../src/factors/password/hash.ts'
import { environmentOf, withStores } from '../support/admin.ts'
import { type Backend, embedded, postgres } from '../support/backends.ts'
import { type Ended, pforte, start } from '../support/process.ts'

const HASH = `$2b$10$${'a'.repeat(53)}`
const hasher = createHasher({ memoryKiB: 64, passes: 1, parallelism: 1, queue: 10 })
const unpadded = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
const PATIENCE = 120_000
const account = (name: string, more: object = {}) =>
  JSON.stringify({ username: name, group: 'citizens', password_hash: HASH, ...more })
/** `count` lines, of which those that `bad` names are replaced. */
const lines = (count: number, bad: Record<number, string> = {}) =>
  Array.from(
    { length: count },
    (_, i) => bad[i + 1] ?? account(`p${i + 1}`, { email: `p${i + 1}@example.org` }),
  )
const text = (of: readonly string[]) => of.map((line) => `${line}\n`).join('')

const importing = (backend: Backend, input: string): Promise<Ended> =>
  pforte(['accounts', 'import', '-'], environmentOf(backend), input)

/** The user names there are, after a check that each account is whole: names, one credential, one audit row. */
const accountsIn = (backend: Backend): Promise<string[]> =>
  withStores(backend, async ({ pool }) => {
    const { rows } = await pool.query<{
      username: string
      names: number
      credentials: number
      audited: number
    }>(
      `SELECT username,
         (SELECT count(*)::int FROM login_names WHERE account_id = a.id) AS names,
         (SELECT count(*)::int FROM credentials WHERE account_id = a.id AND factor = 'password') AS credentials,
         (SELECT count(*)::int FROM audit WHERE account_id = a.id AND event = 'account.created') AS audited
       FROM accounts a ORDER BY created_at, substring(username FROM '[0-9]+')::int`,
    )
    expect(rows.filter((row) => row.names !== 2 || row.credentials !== 1 || row.audited !== 1)).toEqual([])
    const { rows: done } = await pool.query<{ imported: string }>('SELECT imported FROM imports')
    expect(done.map(({ imported }) => Number(imported))).toEqual([rows.length])
    return rows.map(({ username }) => username)
  })

const goodOf = (count: number, bad: object = {}) =>
  Array.from({ length: count }, (_, i) => i + 1)
    .filter((n) => !(n in bad))
    .map((n) => `p${n}`)

const BAD = {
  7: 'not json',
  8: '',
  600: account('P3', { email: 'p600@example.org' }),
  601: account('p601', { email: 'P7000@example.org', unknown: 1 }),
  1400: account('p1400', { email: 'P1399@Example.org' }),
  1401: `{"username":"${'x'.repeat(70_000)}"}`,
  2000: JSON.stringify({ username: 'p2000', group: 'citizens', password_hash: 'secret-in-clear' }),
  2998: account('p\u200b2998'),
  2999: account('p2999\u0000'),
}
const REFUSED = [
  'line 7: is not JSON',
  'line 600: username: is in use already',
  'line 601: unknown key unknown',
  'line 1400: email: is in use already',
  'line 1401: is longer than 64 kB',
  'line 2000: password_hash: is not an argon2id, bcrypt or PBKDF2 hash of a form and cost that can be checked',
  'line 2998: username: is not usable as a name to sign in with',
  'line 2999: username: contains control characters',
]
const refusalsIn = ({ stderr }: Ended) => stderr.split('\n').filter((line) => line.startsWith('line '))

describe.each([embedded, postgres])('On $name', ({ open }) => {
  test(
    'thousands of lines are imported; bad ones are reported with number and reason, and cost no other line',
    async () => {
      const backend = await open()
      const input = text(lines(3000, BAD))
      const ended = await importing(backend, input)
      expect(ended.code).toBe(65)
      expect(refusalsIn(ended)).toEqual(REFUSED)
      expect(ended.stdout).toMatch(/^3,000 lines: 2,991 imported, 8 refused, 1 blank\.$/m)
      expect(ended.stderr).not.toContain('secret-in-clear')
      expect(await accountsIn(backend)).toEqual(goodOf(3000, BAD))

      const again = await importing(backend, input)
      expect(again.code).toBe(65)
      expect(again.stdout).toContain('Lines up to 3,000 were done in an earlier run.')
      expect(refusalsIn(again)).toEqual(REFUSED)
      expect(await accountsIn(backend)).toHaveLength(2991)
    },
    PATIENCE,
  )

  test(
    'an import that was killed goes on where it stopped: nothing half, nothing twice, nothing left out',
    async () => {
      const backend = await open()
      const all = lines(6000, BAD)
      const killed = start(['src/cli/index.ts', 'accounts', 'import', '-'], environmentOf(backend))
      killed.input.write(text(all))
      await killed.seen(/lines done/)
      killed.kill('SIGKILL')
      expect((await killed.ended).code).toBeNull()
      const before = await accountsIn(backend)
      expect(before.length).toBeGreaterThan(0)
      expect(before.length).toBeLessThan(5000)

      const ended = await importing(backend, text(all))
      expect(ended.code).toBe(65)
      expect(ended.stdout).toMatch(/^6,000 lines: 5,991 imported, 8 refused, 1 blank\.$/m)
      expect(ended.stdout).toMatch(/^Lines up to [\d,]+ were done in an earlier run\.$/m)
      expect(refusalsIn(ended)).toEqual(REFUSED)
      expect(await accountsIn(backend)).toEqual(goodOf(6000, BAD))
    },
    PATIENCE,
  )
})

describe('On PostgreSQL', () => {
  test('passwords hashed by argon2id, bcrypt and PBKDF2 stay right, and ids and data are kept', async () => {
    const backend = await postgres.open()
    const id = 'ABCDEF01-2345-4678-9abc-def012345678'
    const salt = Buffer.alloc(16, 3)
    const key = pbkdf2Sync('geheim', salt, 1000, 32, 'sha256')
    const hashes = [
      await hasher.hash('geheim'),
      await bcrypt.hash('geheim', 4),
      `$pbkdf2-sha256$i=1000$${unpadded(salt)}$${unpadded(key)}`,
    ]
    const data = {
      id,
      email: 'Erika@Example.org',
      email_verified: true,
      given_name: 'Erika',
      family_name: 'Groß',
    }
    const more = [{ ...data, customer_number: '377A1', locale: 'en' }, {}, {}]
    const input = hashes.map((password_hash, i) => account(`p${i}`, { password_hash, ...more[i] }))
    expect(await importing(backend, text(input))).toMatchObject({ code: 0 })

    await withStores(backend, async ({ stores }) => {
      expect(await stores.accounts.byLogin('erika@example.org')).toMatchObject({
        id: id.toLowerCase(),
        username: 'p0',
        email: 'Erika@Example.org',
        emailVerified: true,
        givenName: 'Erika',
        familyName: 'Groß',
        customerNumber: '377A1',
        group: 'citizens',
        locale: 'en',
        locked: false,
      })
      for (const i of hashes.keys()) {
        const known = await stores.accounts.byLogin(`p${i}`)
        const [credential] = await stores.credentials.ofAccount(known?.id ?? '')
        expect(credential).toMatchObject({ factor: 'password', data: { phc: hashes[i] } })
        expect(await hasher.verify(hashes[i] ?? '', 'geheim')).toBe(true)
      }
    })
  })

  test('a kill within a transaction undoes all of its batch', async () => {
    const backend = await postgres.open()
    await withStores(backend, async ({ pool }) => {
      // Another transaction holds a name of the second batch: the import waits for it with half of its rows written.
      const holder = await pool.connect()
      const other = '00000000-0000-4000-8000-000000000000'
      await holder.query('BEGIN')
      await holder.query(
        `INSERT INTO accounts (id, username, "group", locale) VALUES ($1, 'other', 'citizens', 'de')`,
        [other],
      )
      await holder.query(`INSERT INTO login_names (name, account_id) VALUES ('p900@example.org', $1)`, [
        other,
      ])
      const killed = start(['src/cli/index.ts', 'accounts', 'import', '-'], environmentOf(backend))
      killed.input.write(text(lines(1200)))
      await killed.seen(/500 lines done/)
      const waiting = `SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO login_names%'`
      while ((await pool.query(waiting)).rowCount === 0);
      killed.kill('SIGKILL')
      await killed.ended
      await holder.query('ROLLBACK')
      holder.release()
    })
    expect(await accountsIn(backend)).toEqual(goodOf(500))

    const ended = await importing(backend, text(lines(1200)))
    expect(ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1,200 lines: 1,200 imported, 0 refused.'),
    })
    expect(await accountsIn(backend)).toEqual(goodOf(1200))
  })

  test('a name that somebody takes in the meantime costs its own line alone', async () => {
    const backend = await postgres.open()
    const ended = await withStores(backend, async ({ pool, stores }) => {
      const holder = await pool.connect()
      await holder.query('BEGIN')
      await holder.query('LOCK TABLE login_names IN EXCLUSIVE MODE')
      const running = start(['src/cli/index.ts', 'accounts', 'import', '-'], environmentOf(backend))
      running.input.end(text(lines(10)))
      // It has seen that all names are free, and waits to write them.
      const waiting = `SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO login_names%'`
      while ((await pool.query(waiting)).rowCount === 0);
      const id = '00000000-0000-4000-8000-000000000000'
      await holder.query(
        `INSERT INTO accounts (id, username, "group", locale) VALUES ($1, 'x0', 'citizens', 'de')`,
        [id],
      )
      await holder.query(`INSERT INTO login_names (name, account_id) VALUES ('p5@example.org', $1)`, [id])
      await holder.query('COMMIT')
      holder.release()
      const outcome = await running.ended
      expect(await stores.accounts.byLogin('p6')).toBeDefined()
      return outcome
    })
    expect(ended).toMatchObject({
      code: 65,
      stderr: expect.stringContaining('line 5: email: is in use already'),
    })
    expect(ended.stdout).toContain('10 lines: 9 imported, 1 refused.')
  })

  test('of two imports of the same lines at once one does each line, and the other ends or finds it done', async () => {
    const backend = await postgres.open()
    const input = text(lines(4000))
    const both = await Promise.all([importing(backend, input), importing(backend, input)])
    for (const { code, stderr } of both) {
      expect([0, 69]).toContain(code)
      if (code === 69) expect(stderr).toContain('Another process imports the same lines.')
    }
    expect(both.some(({ code }) => code === 0)).toBe(true)
    expect(await accountsIn(backend)).toEqual(goodOf(4000))
  })

  test('lines added at the end of a file are imported by the same command', async () => {
    const backend = await postgres.open()
    await importing(backend, text(lines(3)))
    const ended = await importing(backend, text(lines(5)))
    expect(ended.stdout).toBe('5 lines: 5 imported, 0 refused.\nLines up to 3 were done in an earlier run.\n')
    expect(await accountsIn(backend)).toEqual(goodOf(5))
  })

  test('a file in which lines already done were changed, or are missing, is refused', async () => {
    const backend = await postgres.open()
    await importing(backend, text(lines(5)))
    for (const input of [text(lines(8, { 3: account('p9') })), text(lines(4))]) {
      const ended = await importing(backend, input)
      expect(ended).toMatchObject({ code: 65, stdout: '' })
      expect(ended.stderr).toContain('5 lines were imported before, but these lines are no longer the same')
    }
    expect(await accountsIn(backend)).toEqual(goodOf(5))
  })

  test('an input that breaks off within a line goes on there when it is whole', async () => {
    const backend = await postgres.open()
    const whole = text(lines(5))
    const first = await importing(backend, whole.slice(0, 20))
    expect(first.stdout).toContain('0 lines: 0 imported, 0 refused.\nThe input breaks off within line 1.')
    const broken = await importing(backend, whole.slice(0, -40))
    expect(broken.code).toBe(65)
    expect(broken.stdout).toContain('4 lines: 4 imported, 0 refused.\nThe input breaks off within line 5.')
    const ended = await importing(backend, whole)
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('5 lines: 5 imported') })
    expect(await accountsIn(backend)).toEqual(goodOf(5))
  })

  test('an empty input, a missing file and a folder are refused', async () => {
    const backend = await postgres.open()
    expect(await importing(backend, '')).toMatchObject({ code: 65, stderr: 'The input is empty.\n' })
    const env = environmentOf(backend)
    expect(await pforte(['accounts', 'import', 'no/such/file'], env)).toMatchObject({ code: 66 })
    expect(await pforte(['accounts', 'import', 'config'], env)).toMatchObject({ code: 66 })
  })
})
