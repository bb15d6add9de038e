import { randomUUID } from 'node:crypto'
import type { OpenStores } from '../../src/store/index.ts'
import { withStores } from '../support/admin.ts'
import { postgres } from '../support/backends.ts'
import { startCluster, startSentinel } from '../support/redis-servers.ts'

const LIMIT = { name: 'guess', points: 2, seconds: 60 }

/** Everything that is asked of Redis, with keys in many slots. */
async function everything({ stores: { ephemeral, attempts } }: OpenStores): Promise<void> {
  const keys = Array.from({ length: 40 }, () => randomUUID())
  await Promise.all(keys.map((key) => ephemeral.put(key, `of ${key}`, 60)))
  expect(await ephemeral.get(keys)).toEqual(keys.map((key) => `of ${key}`))
  const [first = '', second = ''] = keys
  expect(await ephemeral.create(first, 'again', 60)).toBe(false)
  expect(
    await Promise.all([1, 2, 3].map((n) => ephemeral.replace(first, `of ${first}`, `by ${n}`))),
  ).toContain(true)
  expect(await ephemeral.replace(second, `of ${second}`, null)).toBe(true)
  await ephemeral.delete(keys)
  expect(await ephemeral.get(keys)).toEqual(keys.map(() => undefined))
  const waits = await Promise.all(
    keys.flatMap((key) => [1, 2, 3].map(() => attempts.spend(LIMIT, key, 'fast'))),
  )
  expect(waits.filter((wait) => wait > 0)).toHaveLength(keys.length)
  await attempts.clear([{ limit: LIMIT, key: first }], 'fast')
  expect(await attempts.spend(LIMIT, first, 'fast')).toBe(0)
}

/** Tries until it works: a failover takes its time. */
async function eventually(work: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 20_000
  for (;;) {
    try {
      return void (await work())
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}

test('A Redis Cluster holds what is short-lived: every command stays in one slot', async () => {
  const cluster = await startCluster()
  const backend = { ...(await postgres.open()), redisUrl: cluster.url }
  await withStores(backend, async (opened) => {
    await eventually(opened.ready)
    await everything(opened)
  }).finally(cluster.stop)
}, 60_000)

test('When its master is lost, a replica that the sentinels chose takes over by itself', async () => {
  const servers = await startSentinel()
  const backend = { ...(await postgres.open()), redisUrl: servers.url }
  await withStores(backend, async (opened) => {
    await everything(opened)
    servers.killMaster()
    const asked = Date.now()
    await expect(opened.stores.ephemeral.put('x', 'y', 60)).rejects.toMatchObject({
      code: 'store_unavailable',
    })
    expect(Date.now() - asked).toBeLessThan(8_000)
    await eventually(() => opened.stores.ephemeral.put('x', 'y', 60))
    await everything(opened)
  }).finally(servers.stop)
}, 60_000)
