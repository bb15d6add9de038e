import { randomUUID } from 'node:crypto'
import { type OpenStores, openStores } from '../../src/store/index.ts'
import { embedded, postgres } from '../support/backends.ts'

describe.each([embedded, postgres])('Signing keys in $name', ({ open }) => {
  let opened: OpenStores
  beforeAll(async () => {
    const keyRing = [{ id: 'test', key: Buffer.alloc(32, 7) }]
    opened = await openStores({ database: (await open()).database, keyRing, onError: () => {} })
  })
  afterAll(() => opened?.close())

  test('are made by one of many that start at once, and sealed at rest', async () => {
    let made = 0
    const missing = (stored: unknown[]) => (stored.length > 0 ? [] : [{ alg: 'ES256', notBefore: 5 }])
    const make = async (key: { alg: string; notBefore: number }) => ({
      ...key,
      kid: `kid-${++made}`,
      jwk: { alg: key.alg, d: 'private-part' },
    })
    const all = await Promise.all(Array.from({ length: 5 }, () => opened.stores.keys.signing(missing, make)))
    for (const keys of all) expect(keys).toEqual(all[0])
    const { rows } = await opened.pool.query('SELECT * FROM signing_keys')
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain('private-part')
  })

  test('are withdrawn once, with its audit row', async () => {
    const kid = randomUUID()
    const key = { kid, alg: 'ES256', jwk: { alg: 'ES256' }, notBefore: 9 }
    await opened.stores.keys.signing(
      () => [key],
      async () => key,
    )
    expect(await opened.stores.keys.retire(kid, 'asked')).toBe(true)
    expect(await opened.stores.keys.retire(kid, 'asked')).toBe(false)
    const { rows } = await opened.pool.query("SELECT event FROM audit WHERE data->>'kid' = $1 ORDER BY id", [
      kid,
    ])
    expect(rows.map(({ event }) => event)).toEqual(['key.created', 'key.retired'])
  })
})
