import { type OpenStores, openStores } from '../../src/store/index.ts'
import { type Surveyed, survey } from '../../src/store/survey.ts'
import { embedded, postgres } from '../support/backends.ts'

describe.each([embedded, postgres])('A survey of all accounts on $name', ({ open }) => {
  let opened: OpenStores
  const MANY = 4_500
  beforeAll(async () => {
    const keyRing = [{ id: 'k1', key: Buffer.alloc(32, 1) }]
    opened = await openStores({ ...(await open()), keyRing, onError: () => {} })
    await opened.pool.query(`
      INSERT INTO accounts (id, username, email_verified, "group", locale, locked_at)
      SELECT gen_random_uuid(), n::text, false, 'g' || n % 3, 'de', CASE WHEN n = 7 THEN now() END
      FROM generate_series(1, ${MANY}) n`)
    await opened.pool.query(`
      INSERT INTO credentials (id, account_id, factor, label, strength, data, suspended_at)
      SELECT gen_random_uuid(), a.id, f, f, '{"kinds":["knowledge"]}', 'sealed', CASE WHEN f = 'totp' THEN now() END
      FROM accounts a, unnest(ARRAY['totp', 'password']) f WHERE a.username::int % 2 = 0`)
  })
  afterAll(() => opened?.close())

  test('gives each account once, in more than one batch, with what it holds and nothing else', async () => {
    const batches: Surveyed[][] = []
    for await (const batch of survey(opened.pool)) batches.push(batch)
    const all = batches.flat()
    expect(batches.length).toBeGreaterThan(2)
    expect(new Set(all.map(({ id }) => id)).size).toBe(MANY)
    expect(all).toHaveLength(MANY)
    expect(all.filter(({ locked }) => locked)).toHaveLength(1)
    const held = [...new Set(all.map((one) => one.held))]
      .map((text) => JSON.parse(text))
      .sort((a, b) => a.length - b.length)
    const strength = { kinds: ['knowledge'] }
    expect(held).toEqual([
      [],
      [
        { factor: 'password', strength, suspended: false },
        { factor: 'totp', strength, suspended: true },
      ],
    ])
    expect(Object.keys(all[0] ?? {}).sort()).toEqual(['group', 'held', 'id', 'locked', 'reachable'])
  })

  test('lets the connection go when it is broken off, and writes nothing', async () => {
    for await (const batch of survey(opened.pool)) if (batch.length > 0) break
    const { rows } = await opened.pool.query('SELECT count(*)::int AS n FROM accounts')
    expect(rows).toEqual([{ n: MANY }])
  })
})
