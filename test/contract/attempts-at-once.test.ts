import { openStores } from '../../src/store/index.ts'
import { postgresAndRedis } from '../support/backends.ts'

const KEY_RING = [{ id: 'k1', key: Buffer.alloc(32, 1) }]
const LIMIT = { name: 'first', points: 300, seconds: 60 }

test('The first attempts of a process are counted although many other questions to Redis are under way', async () => {
  const opened = await openStores({
    ...(await postgresAndRedis.open()),
    keyRing: KEY_RING,
    onError: () => {},
  })
  try {
    await opened.ready()
    const { ephemeral, attempts } = opened.stores
    const [, wait] = await Promise.all([
      ephemeral.get(['anything']),
      attempts.spend(LIMIT, 'somebody', 'fast'),
    ])
    expect(wait).toBe(0)
  } finally {
    await opened.close()
  }
})
