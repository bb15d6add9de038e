import { randomUUID } from 'node:crypto'
import type { Stores } from '../../src/journey/ports.ts'
import { type OpenStores, openStores } from '../../src/store/index.ts'
import { backends } from '../support/backends.ts'

const KEY_RING = [{ id: 'k1', key: Buffer.alloc(32, 1) }]

describe.each(backends.slice(0, 2))('What applications need of the stores on $name', ({ open }) => {
  let opened: OpenStores
  let stores: Stores
  beforeAll(async () => {
    opened = await openStores({ ...(await open()), keyRing: KEY_RING, onError: () => {} })
    stores = opened.stores
  })
  afterAll(() => opened?.close())

  const account = async (): Promise<string> =>
    stores.accounts.create(
      { username: randomUUID(), emailVerified: false, group: 'citizens', locale: 'de' },
      undefined,
      { event: 'account.created', by: 'cli' },
    )

  test('consent adds up, per account and application, each time with its audit row', async () => {
    const [one, two] = [await account(), await account()]
    const give = (id: string, clientId: string, items: string[]) =>
      stores.consents.give(id, clientId, items, { event: 'consent.given', accountId: id, clientId, items })
    await give(one, 'a', ['openid'])
    await give(one, 'a', ['openid', 'email'])
    await give(one, 'b', ['openid'])
    expect((await stores.consents.of(one, 'a')).sort()).toEqual(['email', 'openid'])
    expect(await stores.consents.of(one, 'b')).toEqual(['openid'])
    expect(await stores.consents.of(two, 'a')).toEqual([])
    const { rows } = await opened.pool.query(
      "SELECT client_id, data FROM audit WHERE account_id = $1 AND event = 'consent.given' ORDER BY id",
      [one],
    )
    expect(rows.map((row) => row.client_id)).toEqual(['a', 'a', 'b'])
    expect(rows[1].data).toEqual({ items: ['openid', 'email'] })
  })

  test('of parallel uses of a proof one is the first, and an expired one is as good as none', async () => {
    const id = randomUUID()
    const use = (ttl: number) => stores.tokens.create('ReplayDetection', id, { iss: 'a' }, ttl)
    const all = await Promise.all(Array.from({ length: 10 }, () => use(60)))
    expect(all.filter(Boolean)).toHaveLength(1)
    await opened.pool.query("UPDATE tokens SET expires_at = now() - interval '1 second'")
    expect(await use(60)).toBe(true)
    expect(await use(60)).toBe(false)
  })

  test('a secret is made once, kept sealed, and the same for whoever comes later', async () => {
    const name = randomUUID()
    let made = 0
    const make = () => `secret ${++made}`
    const all = await Promise.all(Array.from({ length: 5 }, () => stores.keys.secret(name, make)))
    expect(new Set(all).size).toBe(1)
    expect(await stores.keys.secret(name, make)).toBe(all[0])
    const { rows } = await opened.pool.query('SELECT value FROM secrets WHERE name = $1', [name])
    expect(rows).toHaveLength(1)
    expect(rows[0].value).not.toContain('secret')
  })
})
