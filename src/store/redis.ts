import { Redis } from 'ioredis'

/** Compare and set that keeps the time to live; without a new value it deletes. Returns 1 where it was first. */
const REPLACE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] then redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL') else redis.call('DEL', KEYS[1]) end
return 1`

export type RedisClient = Redis & {
  compareAndSet(key: string, value: string, ...next: string[]): Promise<number>
}

/** Fails fast: a request never waits for a Redis that is gone. Reconnects by itself. */
export function createRedis(url: string, onError: (error: Error) => void): RedisClient {
  const redis = new Redis(url, {
    keyPrefix: 'pforte:',
    enableAutoPipelining: true,
    enableOfflineQueue: true,
    maxRetriesPerRequest: 1,
    connectTimeout: 2_000,
    commandTimeout: 2_500,
    // A connection that went silent is given up, for a new one; else it would fail until TCP notices.
    socketTimeout: 4_000,
    retryStrategy: (times) => Math.min(times * 100, 2_000),
  })
  redis.on('error', onError)
  redis.defineCommand('compareAndSet', { numberOfKeys: 1, lua: REPLACE })
  return redis as RedisClient
}
