import { Redis } from 'ioredis'
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

const OF_A_GRANT = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode'])

/** oidc-provider's models in Redis, as one writes it at first: JSON under one key, and a list of the keys of each grant. */
export function plainRedis(url: string): AdapterFactory {
  const redis = new Redis(url, { keyPrefix: 'bare:' })
  return (model): Adapter => {
    const keyOf = (id: string): string => `${model}:${id}`
    const find = async (id: string): Promise<AdapterPayload | undefined> => {
      const found = await redis.hgetall(keyOf(id))
      if (!found.payload) return undefined
      return { ...JSON.parse(found.payload), ...(found.consumed ? { consumed: Number(found.consumed) } : {}) }
    }
    return {
      async upsert(id, payload, ttl = 60) {
        const change = redis
          .multi()
          .hset(keyOf(id), { payload: JSON.stringify(payload) })
          .expire(keyOf(id), ttl)
        if (OF_A_GRANT.has(model) && payload.grantId)
          change.rpush(`grant:${payload.grantId}`, keyOf(id)).expire(`grant:${payload.grantId}`, ttl)
        if (payload.uid) change.set(`uid:${payload.uid}`, id, 'EX', ttl)
        await change.exec()
      },
      find,
      async findByUid(uid) {
        const id = await redis.get(`uid:${uid}`)
        return id === null ? undefined : find(id)
      },
      findByUserCode: async () => undefined,
      consume: async (id) => void (await redis.hset(keyOf(id), 'consumed', Math.floor(Date.now() / 1000))),
      destroy: async (id) => void (await redis.del(keyOf(id))),
      async revokeByGrantId(grantId) {
        const keys = await redis.lrange(`grant:${grantId}`, 0, -1)
        await redis.del(`grant:${grantId}`, ...keys)
      },
    }
  }
}
