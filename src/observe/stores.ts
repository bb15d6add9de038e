import { AppError } from '../domain/errors.ts'
import type { Stores } from '../journey/ports.ts'
import type { Metrics } from './metrics.ts'

export interface StoreCall {
  store: keyof Stores
  method: string
  backend: 'postgres' | 'redis'
}

/** Runs one call of a store, and looks at it. */
export type Around = <T>(call: StoreCall, run: () => Promise<T>) => Promise<T>

type Method = (...args: unknown[]) => Promise<unknown>

/** The same stores, with each call looked at. */
export function observed(stores: Stores, redis: boolean, around: Around): Stores {
  const wrapped = (store: keyof Stores, methods: object) =>
    Object.entries(methods).map(([method, run]: [string, Method]) => [
      method,
      (...args: unknown[]) => {
        const fast = store === 'ephemeral' || (store === 'attempts' && args.includes('fast'))
        return around({ store, method, backend: redis && fast ? 'redis' : 'postgres' }, () => run(...args))
      },
    ])
  const entries = Object.entries(stores) as [keyof Stores, object][]
  return Object.fromEntries(
    entries.map(([store, methods]) => [store, Object.fromEntries(wrapped(store, methods))]),
  ) as unknown as Stores
}

/** Measures each call. */
export const timed =
  ({ stores }: Metrics): Around =>
  async ({ store, backend }, run) => {
    const end = stores.startTimer({ backend, store })
    try {
      const result = await run()
      end({ outcome: 'ok' })
      return result
    } catch (error) {
      end({ outcome: error instanceof AppError ? error.code : 'internal' })
      throw error
    }
  }
