import { createHash } from 'node:crypto'
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider'
import type { DurableModel, Stores } from '../journey/ports.ts'
import { DEVICE_CODE_LIFETIME } from './device.ts'

const DURABLE = new Set<string>([
  'Grant',
  'RefreshToken',
  'InitialAccessToken',
  'RegistrationAccessToken',
  'ReplayDetection',
])
/** What may be used once, and the seconds it lives. */
export const SINGLE_USE: Readonly<Record<string, number>> = {
  AuthorizationCode: 60,
  PushedAuthorizationRequest: 60,
  DeviceCode: DEVICE_CODE_LIFETIME,
}

/** Where clients are. */
export interface Clients {
  /** Registered metadata of one. */
  find(clientId: string): Promise<AdapterPayload | undefined>
  /** Keeps the one that this request registers. */
  add(): Promise<void>
}

/**
 * oidc-provider's models on our stores. Ids are secrets: only their digest is a key. Single use is decided by the
 * store, so that of parallel requests one wins. Tokens of a revoked grant need no list: each use looks for its grant.
 */
export function adapterFactory(stores: Stores, clients: Clients): (model: string) => Adapter {
  return (model) => {
    if (model === 'Client') return clientAdapter(clients)
    return DURABLE.has(model) ? durable(stores, model as DurableModel) : shortLived(stores, model)
  }
}

function shortLived({ ephemeral, tokens }: Stores, model: string): Adapter {
  const key = (id: string): string => `oidc:${model}:${createHash('sha256').update(id).digest('base64url')}`
  const used = (id: string): string => `${key(id)}:used`
  const find = async (id: string): Promise<AdapterPayload | undefined> => {
    const [value, consumed] = await ephemeral.get(model in SINGLE_USE ? [key(id), used(id)] : [key(id)])
    if (value === undefined) return undefined
    const payload = JSON.parse(value) as AdapterPayload
    return consumed === undefined ? payload : { ...payload, consumed: Number(consumed) }
  }
  const byAlias = async (kind: string, alias: string): Promise<AdapterPayload | undefined> => {
    const [id] = await ephemeral.get([key(`${kind}:${alias}`)])
    return id === undefined ? undefined : find(id)
  }
  return {
    async upsert(id, payload, ttl) {
      const expiresIn = seconds(model, ttl)
      await Promise.all([
        ephemeral.put(key(id), JSON.stringify(payload), expiresIn),
        model === 'Session' && payload.uid
          ? ephemeral.put(key(`uid:${payload.uid}`), id, expiresIn)
          : undefined,
        payload.userCode ? ephemeral.put(key(`userCode:${payload.userCode}`), id, expiresIn) : undefined,
      ])
    },
    find,
    findByUid: (uid) => byAlias('uid', uid),
    findByUserCode: (userCode) => byAlias('userCode', userCode),
    async consume(id) {
      const now = String(Math.floor(Date.now() / 1000))
      if (await ephemeral.create(used(id), now, SINGLE_USE[model] ?? 0)) return
      const payload = await find(id)
      if (payload?.grantId) await tokens.revokeGrant(payload.grantId, replayed(payload))
      throw new errors.InvalidGrant(`${model} already used`)
    },
    destroy: (id) => ephemeral.delete([key(id)]),
    revokeByGrantId: async () => {},
  }
}

function durable({ tokens }: Stores, model: DurableModel): Adapter {
  return {
    async upsert(id, payload, ttl) {
      if (model !== 'ReplayDetection') return tokens.upsert(model, id, { ...payload }, seconds(model, ttl))
      // The library looks and then writes: of parallel uses of one proof the store lets one through.
      if (!(await tokens.create(model, id, { ...payload }, Math.max(1, seconds(model, ttl)))))
        throw new errors.InvalidRequest('already used')
    },
    async find(id) {
      const found = await tokens.find(model, id)
      return found && { ...found.payload, ...(found.consumed ? { consumed: found.consumed } : {}) }
    },
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    async consume(id) {
      if (!(await tokens.consume(model, id))) throw new errors.InvalidGrant(`${model} already used`)
    },
    destroy: (id) => tokens.destroy(model, id),
    async revokeByGrantId(grantId) {
      if (model === 'RefreshToken')
        await tokens.revokeGrant(grantId, { event: 'grant.revoked', reason: 'revoked' })
    },
  }
}

function clientAdapter({ find, add }: Clients): Adapter {
  const readOnly = async (): Promise<never> => {
    throw new Error('clients are changed by the operator alone')
  }
  return {
    find,
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    upsert: add,
    consume: readOnly,
    destroy: readOnly,
    revokeByGrantId: readOnly,
  }
}

/** Nothing is stored without an end: every model's time to live is configured in `provider.ts`. */
function seconds(model: string, ttl: number | undefined): number {
  if (ttl === undefined) throw new Error(`${model} has no time to live`)
  return ttl
}

const replayed = ({ accountId, clientId }: AdapterPayload) =>
  ({
    event: 'grant.revoked',
    reason: 'replayed',
    ...(accountId ? { accountId } : {}),
    ...(clientId ? { clientId } : {}),
  }) as const
