import type { Ephemeral } from '../journey/ports.ts'
import type { Circuit } from './circuit.ts'
import { answered, type RedisClient } from './redis.ts'

/** Short-lived state in Redis. Every command touches one key, so that it runs on a cluster as it is. */
export function ephemeralInRedis(redis: RedisClient, circuit: Circuit): Ephemeral {
  const run = <T>(command: () => Promise<T>): Promise<T> => circuit.run(() => answered(command))
  return {
    get: (keys) =>
      run(() => Promise.all(keys.map((key) => redis.get(key)))).then((values) =>
        values.map((value) => value ?? undefined),
      ),
    put: async (key, value, ttlSeconds) => {
      await run(() => redis.set(key, value, 'EX', Math.ceil(ttlSeconds)))
    },
    create: async (key, value, ttlSeconds) =>
      (await run(() => redis.set(key, value, 'EX', Math.ceil(ttlSeconds), 'NX'))) === 'OK',
    replace: async (key, value, next) =>
      (await run(() => redis.compareAndSet(key, value, ...(next === null ? [] : [next])))) === 1,
    delete: async (keys) => {
      await run(() => Promise.all(keys.map((key) => redis.del(key))))
    },
  }
}
