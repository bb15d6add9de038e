import { Cluster, Redis } from 'ioredis'
import { eachServer } from '../domain/server-url.ts'
import { unavailable } from './circuit.ts'

/** Compare and set that keeps the time to live; without a new value it deletes. Returns 1 where it was first. */
const REPLACE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] then redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL') else redis.call('DEL', KEYS[1]) end
return 1`

/** Milliseconds after which nobody waits for Redis any longer, whatever it is busy with: finding a new master, too. */
const PATIENCE_MS = 3_000

export type RedisClient = (Redis | Cluster) & {
  compareAndSet(key: string, value: string, ...next: string[]): Promise<number>
}

const FAST = {
  maxRetriesPerRequest: 1,
  connectTimeout: 2_000,
  commandTimeout: 2_500,
  // A connection that went silent is given up, for a new one; else it would fail until TCP notices.
  socketTimeout: 4_000,
  retryStrategy: (times: number) => Math.min(times * 100, 2_000),
  // It was the master until a failover: look for the new one, and say it there.
  reconnectOnError: ({ message }: Error) => (message.startsWith('READONLY') ? 2 : false),
}
const SHARED = { keyPrefix: 'pforte:', enableAutoPipelining: true, enableOfflineQueue: true }

/**
 * Fails fast: a request never waits for a Redis that is gone. Reconnects by itself. Addresses: `redis://`, or with TLS
 * `rediss://`, of one server; `redis+cluster://user:password@a:6379,b:6379`; and
 * `redis+sentinel://user:password@a:26379,b:26379/name`, with `?sentinel_username=…&sentinel_password=…` where
 * the sentinels ask for them.
 */
export function createRedis(url: string, onError: (error: Error) => void): RedisClient {
  const redis = connectTo(url)
  redis.on('error', onError)
  redis.defineCommand('compareAndSet', { numberOfKeys: 1, lua: REPLACE })
  return redis as RedisClient
}

function connectTo(url: string): Redis | Cluster {
  const urls = eachServer(url).map((one) => new URL(one))
  const [first] = urls
  const [, tls, way] = /^redis(s?)(?:\+(cluster|sentinel))?:$/.exec(first?.protocol ?? '') ?? []
  if (!first || !way) return new Redis(url, { ...SHARED, ...FAST })
  const own = { ...FAST, ...login(first.username, first.password), ...(tls ? { tls: {} } : {}) }
  if (way === 'cluster') {
    const nodes = urls.map(({ hostname: host, port }) => ({ host, port: Number(port || 6379) }))
    // Names stay names: a certificate is for them and not for addresses.
    const names = tls ? { dnsLookup: (name: string, found: Found) => found(null, name) } : {}
    return new Cluster(nodes, { ...SHARED, ...names, redisOptions: own })
  }
  const { searchParams: more, pathname } = first
  const sentinel = login(more.get('sentinel_username') ?? '', more.get('sentinel_password') ?? '')
  return new Redis({
    ...SHARED,
    ...own,
    sentinels: urls.map(({ hostname: host, port }) => ({ host, port: Number(port || 26379) })),
    name: pathname.slice(1),
    ...(sentinel.username ? { sentinelUsername: sentinel.username } : {}),
    ...(sentinel.password ? { sentinelPassword: sentinel.password } : {}),
    // To the sentinels, and to the master that they name.
    ...(tls ? { sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
    sentinelRetryStrategy: (times: number) => Math.min(times * 100, 1_000),
  })
}

type Found = (error: null, address: string) => void

const login = (username: string, password: string): { username?: string; password?: string } => ({
  ...(username ? { username: decodeURIComponent(username) } : {}),
  ...(password ? { password: decodeURIComponent(password) } : {}),
})

/** The answer; whatever Redis does not answer, or not in time, is an outage. */
export const answered = <T>(command: () => Promise<T>): Promise<T> => unavailable(() => inPatience(command()))

function inPatience<T>(command: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('Redis did not answer in time')), PATIENCE_MS)
  return Promise.race([command, late]).finally(() => clearTimeout(timer))
}
