import { type OpenStores, openStores } from '../../src/store/index.ts'
import { sweep } from '../../src/store/sweep.ts'
import { embedded, postgres } from '../support/backends.ts'

const keyRing = [{ id: 'k1', key: new Uint8Array(32) }]

describe.each([embedded, postgres])('What may be used once, in $name', ({ open }) => {
  const opened: OpenStores[] = []
  let backend: Awaited<ReturnType<typeof open>>

  const start = async (): Promise<OpenStores> => {
    const stores = await openStores({ ...backend, keyRing, onError: () => {} })
    opened.push(stores)
    return stores
  }
  const close = (): Promise<unknown> => Promise.all(opened.splice(0).map((stores) => stores.close()))

  beforeAll(async () => {
    backend = await open()
  })
  afterEach(close)

  const later = (): number => Date.now() + 60_000

  test('is used once, and not again after a restart', async () => {
    const { consumed } = (await start()).stores
    expect(await consumed.once('assertion', '_a', later())).toBe(true)
    expect(await consumed.once('assertion', '_a', later())).toBe(false)
    await close()
    expect(await (await start()).stores.consumed.once('assertion', '_a', later())).toBe(false)
  })

  test('is used by one of many who ask at once', async () => {
    const { consumed } = (await start()).stores
    const asked = Array.from({ length: 20 }, () => consumed.once('assertion', '_many', later()))
    expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1)
  })

  test('is another thing for another purpose', async () => {
    const { consumed } = (await start()).stores
    expect(await consumed.once('one', '_b', later())).toBe(true)
    expect(await consumed.once('other', '_b', later())).toBe(true)
  })

  test('is forgotten when its time is over, and no earlier', async () => {
    const { stores, pool } = await start()
    await stores.consumed.once('assertion', '_old', Date.now() - 1)
    await stores.consumed.once('assertion', '_young', later())
    await sweep(pool)
    expect(await stores.consumed.once('assertion', '_old', later())).toBe(true)
    expect(await stores.consumed.once('assertion', '_young', later())).toBe(false)
  })
})

test('Of two instances on one database one is first', async () => {
  const backend = await postgres.open()
  const pair = await Promise.all([1, 2].map(() => openStores({ ...backend, keyRing, onError: () => {} })))
  const until = Date.now() + 60_000
  const asked = pair.flatMap(({ stores }) =>
    [1, 2, 3].map(() => stores.consumed.once('assertion', '_x', until)),
  )
  expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1)
  await Promise.all(pair.map((one) => one.close()))
})
