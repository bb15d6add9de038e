import { environmentOf, withStores } from '../support/admin.ts'
import { type Backend, embedded, postgres } from '../support/backends.ts'
import { testConfig } from '../support/config.ts'
import { pforte } from '../support/process.ts'

type Opened = Parameters<Parameters<typeof withStores>[1]>[0]

const append = async ({ stores }: Opened, count: number) => {
  for (let n = 0; n < count; n++) await stores.audit.append({ event: 'login.refused', reason: `no ${n}` })
}
const sealed = async ({ chain }: Opened) => {
  while (await chain.seal());
}
/** What somebody can do who owns the database. */
const tamper = async ({ pool }: Opened, sql: string) => {
  for (const table of ['audit', 'audit_chain']) await pool.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`)
  await pool.query(sql)
  for (const table of ['audit', 'audit_chain']) await pool.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`)
}

describe.each([embedded, postgres])('The audit trail, in $name,', ({ open }) => {
  test('is one whole chain, to which what is new is added', async () => {
    await withStores(await open(), async (opened) => {
      expect(await opened.chain.verify()).toEqual({ rows: 0, unsealed: 0 })
      await append(opened, 3)
      await sealed(opened)
      const first = await opened.chain.verify()
      expect(first).toEqual({ rows: 3, head: expect.stringMatching(/^3:[0-9a-f]{64}$/), unsealed: 0 })
      await append(opened, 2)
      // Where it is sealed to its end there is time until the next look, however much is written.
      expect(await opened.chain.seal()).toBe(false)
      expect(await opened.chain.verify(first.head)).toMatchObject({ rows: 5, unsealed: 0 })
    })
  })

  test('refuses that rows and links be changed or deleted', async () => {
    await withStores(await open(), async (opened) => {
      for (const sql of [
        "UPDATE audit SET event = 'x'",
        'DELETE FROM audit',
        'TRUNCATE audit',
        'UPDATE audit_chain SET seq = 2',
        'DELETE FROM audit_chain',
        'TRUNCATE audit_chain',
      ])
        await expect(opened.pool.query(sql)).rejects.toThrow('audit rows are never changed')
    })
  })
})

describe('Verifying the audit trail', () => {
  test.each([
    ['a changed row', `UPDATE audit SET data = '{"reason":"y"}' WHERE id = 3`, 'row 3 is not what link 3'],
    ['another time', `UPDATE audit SET at = at + interval '1 microsecond' WHERE id = 2`, 'row 2 is not what'],
    ['a missing row', 'DELETE FROM audit WHERE id = 4', 'row 4 of link 4 is missing'],
    ['a missing link', 'DELETE FROM audit_chain WHERE seq = 2', 'link 2 is missing'],
    [
      'a link made without the key',
      `UPDATE audit_chain SET link = sha256('x') WHERE seq = 5`,
      'row 5 is not',
    ],
    [
      'an end that was cut off',
      'DELETE FROM audit_chain WHERE seq > 3; DELETE FROM audit WHERE id > 3',
      'is not on the chain',
    ],
  ])('tells %s, whoever did it', async (_, sql, broken) => {
    await withStores(await postgres.open(), async (opened) => {
      await append(opened, 6)
      await sealed(opened)
      const { head } = await opened.chain.verify()
      await tamper(opened, sql)
      expect((await opened.chain.verify(head)).broken).toContain(broken)
    })
  })
})

describe('The audit trail of two instances', () => {
  let backend: Backend
  beforeAll(async () => {
    backend = await postgres.open()
  })

  test('stays one chain where both write and seal at once, and every row is on it once', async () => {
    await withStores(backend, (one) =>
      withStores(backend, async (other) => {
        await Promise.all(
          [one, other, one, other].map(async (opened) => {
            for (let n = 0; n < 15; n++) {
              await append(opened, 2)
              await opened.chain.seal()
            }
          }),
        )
        await sealed(one)
        expect(await other.chain.verify()).toMatchObject({ rows: 120, unsealed: 0 })
        const { rows } = await one.pool.query(
          'SELECT count(*)::int AS n FROM audit a JOIN audit_chain c ON c.audit_id = a.id',
        )
        expect(rows).toEqual([{ n: 120 }])
      }),
    )
  })

  test('stays whole when an account is erased: its rows name nobody and stay', async () => {
    await withStores(backend, async (opened) => {
      const { accounts, deletions } = opened.stores
      const account = { username: 'max', emailVerified: false, group: 'citizens', locale: 'de' }
      const id = await accounts.create(account, undefined, { event: 'account.created', by: 'cli' })
      await sealed(opened)
      const { head } = await opened.chain.verify()
      expect(await deletions.erase(id, { event: 'account.erased', by: 'cli', accountId: id })).toBe(true)
      await sealed(opened)
      expect(await opened.chain.verify(head)).toMatchObject({ rows: 122, unsealed: 0 })
    })
  })

  test('takes in a row that becomes visible late, after rows that were written later', async () => {
    await withStores(backend, async (opened) => {
      const late = await opened.pool.connect()
      await late.query('BEGIN')
      await late.query(`INSERT INTO audit (event, data) VALUES ('late', '{}')`)
      await append(opened, 3)
      await sealed(opened)
      await late.query('COMMIT')
      late.release()
      await sealed(opened)
      expect(await opened.chain.verify()).toMatchObject({ rows: 126, unsealed: 0 })
    })
  })

  test('is verified by the command, which prints the head to note down, and exits 1 once something is missing', async () => {
    const env = { ...testConfig().env, ...environmentOf(backend) }
    const whole = await pforte(['audit', 'verify'], env)
    expect(whole).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^The chain is whole: 126 rows\.$/m),
    })
    const [, head = ''] = /^head (\S+)$/m.exec(whole.stdout) ?? []
    await withStores(backend, (opened) => tamper(opened, 'DELETE FROM audit WHERE id = 7'))
    const broken = await pforte(['audit', 'verify', '--head', head], env)
    expect(broken.code).toBe(1)
    expect(broken.stdout).toMatch(/^THE CHAIN IS BROKEN: row 7 of link \d+ is missing\.$/m)
  })

  test('is printed and exported as lines of JSON, each with its link', async () => {
    const env = { ...testConfig().env, ...environmentOf(backend) }
    const lines = ({ stdout }: { stdout: string }) =>
      stdout.split('\n').flatMap((line) => (line ? [JSON.parse(line)] : []))
    const tail = lines(await pforte(['audit', 'tail', '-n', '4'], env))
    expect(tail.map(({ event }) => event)).toEqual([
      'late',
      'login.refused',
      'login.refused',
      'login.refused',
    ])
    expect(tail[3]).toEqual({
      id: 126,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      event: 'login.refused',
      data: { reason: 'no 2' },
      seq: 125,
      link: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(
      lines(await pforte(['audit', 'export', '--since', '2020-01-01T00:00:00+01:00'], env)),
    ).toHaveLength(125)
  })
})
