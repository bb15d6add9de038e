import type { Stores } from '../../src/journey/ports.ts'
import { startObserving } from '../../src/observe/index.ts'
import { createLogger } from '../../src/observe/logger.ts'
import { routeOf } from '../../src/observe/routes.ts'
import { TAKEN } from '../../src/settings/identity-providers.ts'
import { policyOf } from '../support/policy.ts'

const deps = {
  stores: { rollouts: { pulls: async () => [] } } as unknown as Stores,
  redis: false,
  policy: () => policyOf({}),
  groups: () => new Set<string>(),
  profileOf: () => 'web',
  tracesTo: undefined,
  log: createLogger('silent'),
  now: Date.now,
}

test('A running instance seals the audit trail by itself, without a pause as long as there is more', async () => {
  let left = 3
  const { promise: through, resolve } = Promise.withResolvers<void>()
  const seal = async () => {
    if (left === 0) resolve()
    return left-- > 0
  }
  const { start, stop } = await startObserving({ ...deps, chain: { seal } })
  start()
  await through
  await stop()
  expect(left).toBe(-1)
})

test('Where it cannot be read which brakes are pulled, nothing starts', async () => {
  const pulls = async () => {
    throw new Error('no database')
  }
  const stores = { rollouts: { pulls } } as unknown as Stores
  const started = startObserving({ ...deps, stores, chain: { seal: async () => false } })
  await expect(started).rejects.toThrow('no database')
})

test('Each address of ours is counted for what it is for; what is guessed at, together', () => {
  for (const first of TAKEN) expect([first, routeOf(`/${first}/x`)]).not.toEqual([first, 'other'])
  for (const path of ['/', '/wp-admin', '/constructor']) expect(routeOf(path)).toBe('other')
})
