import type { Logger } from 'pino'
import type { Policy } from '../domain/policy.ts'
import type { Stores } from '../journey/ports.ts'
import type { Watcher } from '../journey/watcher.ts'
import { createBrakes } from './brakes.ts'
import { createCounts } from './counts.ts'
import { addRolloutMetrics, createMetrics, type Metrics } from './metrics.ts'
import { createRollout } from './rollout.ts'
import { observed, timed } from './stores.ts'
import { createWatcher } from './watch.ts'

const REVIEW_MS = 10_000

export interface ObservingDeps {
  /** As the store room opens them, and whether Redis has the short-lived part. */
  stores: Stores
  redis: boolean
  /** As it is configured. */
  policy: () => Policy
  /** Customer groups that the configuration names. */
  groups: () => ReadonlySet<string>
  profileOf: (clientId: string) => string
  log: Logger
  now: () => number
}

export interface Observing {
  metrics: Metrics
  /** The same stores, with each call measured. */
  stores: Stores
  watcher: Watcher
  /** A configured policy with what its brakes hold. */
  applied(policy: Policy): Policy
  /** Writes what was counted, judges the brakes and takes over what other instances have pulled. */
  review(): Promise<void>
  stop(): Promise<void>
}

/** All that watches, put together. Throws where it cannot be read which brakes are pulled. */
export async function startObserving(deps: ObservingDeps): Promise<Observing> {
  const { log, now, policy } = deps
  const metrics = createMetrics()
  const stores = observed(deps.stores, deps.redis, timed(metrics))
  const { rollouts, ephemeral } = stores
  const brakes = createBrakes({ rollouts, policy, log, now })
  await brakes.review()
  const steps = addRolloutMetrics(metrics, brakes, now)
  const onError = (err: unknown): void => log.warn({ err }, 'roll-out not counted')
  const counts = createCounts(rollouts, now)
  const count: typeof counts.count = (one) => {
    counts.count(one)
    steps.inc({ ...one })
  }
  const rollout = createRollout({ ...deps, count, ephemeral, onError })
  const review = async (): Promise<void> => {
    await rollout.settled()
    await counts.flush()
    await brakes.review()
  }
  let round: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    round = round.then(review).catch((err) => log.warn({ err }, 'roll-out not reviewed: all stays as it was'))
  }, REVIEW_MS).unref()
  return {
    metrics,
    stores,
    watcher: createWatcher({ metrics, log, profileOf: deps.profileOf, rollout }),
    applied: brakes.applied,
    review,
    async stop() {
      clearInterval(timer)
      await round
      await rollout.settled()
      await counts.flush().catch(onError)
    },
  }
}
