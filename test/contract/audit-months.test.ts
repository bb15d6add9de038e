import { build } from '../../src/app.ts'
import { createLogger } from '../../src/observe/logger.ts'
import { makeMonth } from '../../src/store/audit-months.ts'
import { environmentOf, withStores } from '../support/admin.ts'
import { type Backend, embedded, postgres } from '../support/backends.ts'
import { testConfig } from '../support/config.ts'
import { pforte } from '../support/process.ts'
import { settingsOf } from '../support/provider.ts'
import {
  KEEP,
  makePast,
  monthsAgo,
  nameOf,
  type Opened,
  partsOf,
  reasonsOf,
  removed,
  sealed,
  tamper,
  write,
  writePast,
} from '../support/trail.ts'

describe.each([embedded, postgres])('The audit trail by month, in $name,', ({ open }) => {
  test('has the months to come made ahead, once, and takes rows of each and of any other', async () => {
    await withStores(await open(), async (opened) => {
      // As a clock leaves it behind that was years ahead.
      const far = { name: 'audit_far', since: monthsAgo(-120), until: monthsAgo(-121) }
      await makeMonth(opened.pool, far)
      await opened.months.ahead()
      const made = await partsOf(opened)
      expect(made).toEqual(expect.arrayContaining(['audit_first', 'audit_other', nameOf(monthsAgo(-3))]))
      await opened.months.ahead()
      expect(await partsOf(opened)).toEqual(made)
      for (const count of [0, -1, -2, -3, -4]) await write(opened, monthsAgo(count), `in ${-count} months`)
      const { rows } = await opened.pool.query(
        'SELECT tableoid::regclass::text AS part FROM audit ORDER BY at DESC LIMIT 2',
      )
      expect(rows).toEqual([{ part: 'audit_other' }, { part: nameOf(monthsAgo(-3)) }])
      expect(await reasonsOf(opened)).toHaveLength(5)
      for (const part of await partsOf(opened))
        for (const change of [`DELETE FROM ${part}`, `UPDATE ${part} SET event = 'x'`, `TRUNCATE ${part}`])
          await expect(opened.pool.query(change)).rejects.toThrow('audit rows are never changed')
    })
  })

  test('has months removed that are old enough, whole, and is one chain from there on', async () => {
    await withStores(await open(), async (opened) => {
      await makePast(opened)
      await writePast(opened)
      const { head } = await opened.chain.verify()
      expect(await removed(opened)).toBe(4)
      expect(await reasonsOf(opened)).toEqual(['first of 36', 'second of 36', 'now'])
      const { rows } = await opened.pool.query(
        "SELECT data FROM audit WHERE event = 'audit.removed' ORDER BY id",
      )
      expect(rows.map(({ data }) => data)).toEqual(
        [38, 37, 36].map((count) => ({ until: Date.parse(monthsAgo(count)), rows: 3 })),
      )
      await sealed(opened)
      expect(await opened.chain.verify(head)).toEqual({
        rows: 6,
        head: expect.stringMatching(/^15:/),
        unsealed: 0,
        removed: { rows: 9, at: expect.any(String), until: monthsAgo(36).replace('.000', '') },
      })
      for (const sql of [
        'DELETE FROM audit_anchors',
        "UPDATE audit_anchors SET data = '{}'",
        'TRUNCATE audit_anchors',
      ])
        await expect(opened.pool.query(sql)).rejects.toThrow('audit rows are never changed')
    })
  })
})

describe('Months of the audit trail', () => {
  let backend: Backend
  const opened = (work: (opened: Opened) => Promise<void>): Promise<void> => withStores(backend, work)
  beforeEach(async () => {
    backend = await postgres.open()
  })

  test('stay as long as a row of theirs has no link', async () => {
    await opened(async (one) => {
      await makePast(one)
      await writePast(one)
      await write(one, monthsAgo(39), 'not sealed')
      await expect(removed(one)).rejects.toThrow(`not every row of ${nameOf(monthsAgo(39))} has its link yet`)
      expect(await reasonsOf(one)).toHaveLength(13)
      await sealed(one)
      expect(await removed(one)).toBe(3)
      expect(await one.chain.verify()).toMatchObject({ rows: 3, removed: { rows: 10 } })
    })
  })

  test('that nobody made are removed, too, and there is room again for the next', async () => {
    await opened(async (one) => {
      await makePast(one, [39, 37, 36])
      await writePast(one)
      expect(await removed(one)).toBe(4)
      expect(await reasonsOf(one)).toEqual(['first of 36', 'second of 36', 'now'])
      expect(await one.chain.verify()).toMatchObject({ rows: 3, removed: { rows: 9 } })
      await write(one, monthsAgo(-9), 'far ahead')
      await expect(one.pool.query('DELETE FROM audit_other')).rejects.toThrow('audit rows are never changed')
    })
  })

  test('are removed once where two instances are at it, and whoever verifies meanwhile sees no gap', async () => {
    await opened(async (one) => {
      await makePast(one)
      await writePast(one)
      await withStores(backend, async (other) => {
        const [parts, more, ...reports] = await Promise.all([
          removed(one),
          removed(other),
          ...Array.from({ length: 8 }, () => other.chain.verify()),
        ])
        expect(parts + more).toBeGreaterThanOrEqual(4)
        expect(reports.map(({ broken }) => broken)).toEqual(Array(8).fill(undefined))
        const { rows } = await other.pool.query('SELECT count(*)::int AS n FROM audit_anchors')
        expect(rows).toEqual([{ n: 3 }])
        expect(await other.chain.verify()).toMatchObject({ rows: 3, removed: { rows: 9 } })
      })
    })
  })

  test.each([
    [
      'an anchor that was changed',
      `UPDATE audit_anchors SET data = replace(data, '"seq":8', '"seq":9')`,
      'not written with its key',
    ],
    [
      'one that was made up',
      `INSERT INTO audit_anchors (data, mac) SELECT data, sha256(data::bytea) FROM audit_anchors`,
      'not written with its key',
    ],
    ['one that is missing', 'DELETE FROM audit_anchors', 'row 1 of link 1 is missing'],
    ['one that was put back', 'DELETE FROM audit_anchors WHERE id > 1', 'row 3 of link 3 is missing'],
    [
      'a beginning that was cut off without one',
      'DELETE FROM audit_anchors; DELETE FROM audit_chain WHERE seq < 9',
      'link 1 is missing',
    ],
    [
      'a row that was removed by itself',
      "DELETE FROM audit WHERE data ->> 'reason' = 'first of 36'",
      'row 9 of link 9 is missing',
    ],
    [
      'a row under the id of another',
      'INSERT INTO audit (id, at, event, data) OVERRIDING SYSTEM VALUE SELECT 9, now(), event, data FROM audit WHERE id = 9',
      'there are two rows 9',
    ],
  ])('that are gone are no excuse for %s', async (_, sql, broken) => {
    await opened(async (one) => {
      await makePast(one)
      await writePast(one)
      await removed(one)
      await tamper(one, sql)
      expect((await one.chain.verify()).broken).toContain(broken)
    })
  })

  test('that are gone do not give their links to rows that are made up', async () => {
    await opened(async (one) => {
      await makePast(one)
      await writePast(one)
      await removed(one)
      await tamper(
        one,
        `INSERT INTO audit (id, at, event, data) OVERRIDING SYSTEM VALUE VALUES (1, now() - interval '1 day', 'x', '{}')`,
      )
      await sealed(one)
      expect(await one.chain.verify()).toMatchObject({ unsealed: 1 })
    })
  })

  test.each(['now', 'second of 36'])(
    'do not take a younger row along that was dated back: "%s"',
    async (reason) => {
      await opened(async (one) => {
        await makePast(one)
        await writePast(one)
        await tamper(one, `UPDATE audit SET at = '${monthsAgo(39)}' WHERE data ->> 'reason' = '${reason}'`)
        await expect(removed(one)).rejects.toThrow(/is not what link \d+ was made of/)
        expect(await reasonsOf(one)).toHaveLength(12)
      })
    },
  )

  test('are not removed behind an anchor that was forged', async () => {
    await opened(async (one) => {
      await makePast(one)
      await writePast(one)
      await tamper(one, `INSERT INTO audit_anchors (data, mac) VALUES ('{"seq":12}', '')`)
      await expect(removed(one)).rejects.toThrow('was not written with its key')
      expect(await reasonsOf(one)).toHaveLength(12)
    })
  })

  test('are removed by an instance by itself, if it is told to, and by no other', async () => {
    const settings = settingsOf('http://localhost', 0, {
      ...backend,
      keyRing: [{ id: 'test', key: Buffer.alloc(32, 9) }],
    })
    const log = createLogger('fatal', { write: () => {} })
    await opened(async (one) => {
      await makePast(one)
      await writePast(one)
      const keeping = await build(settings, { log })
      await keeping.close()
      expect(await reasonsOf(one)).toHaveLength(12)
      expect(await partsOf(one)).toContain(nameOf(monthsAgo(-3)))
      const removing = await build({ ...settings, auditMonths: KEEP }, { log })
      while ((await reasonsOf(one)).length > 3) await new Promise(setImmediate)
      await removing.close()
      expect(await reasonsOf(one)).toEqual(['first of 36', 'second of 36', 'now'])
    })
  })

  test('that are gone are told by the command, and that an older head cannot be compared', async () => {
    const env = { ...testConfig().env, ...environmentOf(backend) }
    let old = ''
    await opened(async (one) => {
      await makePast(one)
      await write(one, monthsAgo(39), 'first of all')
      await sealed(one)
      old = (await one.chain.verify()).head ?? ''
      await writePast(one)
      await removed(one)
      await sealed(one)
    })
    const whole = await pforte(['audit', 'verify'], env)
    expect(whole.stdout).toMatch(
      /^10 rows from before \S+T00:00:00Z were removed on \S+Z; the chain begins behind them\.$/m,
    )
    expect(whole).toMatchObject({ code: 0, stdout: expect.stringMatching(/^The chain is whole: 6 rows\.$/m) })
    const outdated = await pforte(['audit', 'verify', '--head', old], env)
    expect(outdated).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^THE HEAD THAT WAS GIVEN CANNOT BE COMPARED/m),
    })
  })
})
