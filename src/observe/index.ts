import type { Logger } from 'pino'
import type { Policy } from '../domain/policy.ts'
import { type Job, repeat } from '../jobs/repeat.ts'
import type { Stores } from '../journey/ports.ts'
import type { Watcher } from '../journey/watcher.ts'
import { createBrakes } from './brakes.ts'
import { createCounts } from './counts.ts'
import { addRolloutMetrics, createMetrics, type Metrics } from './metrics.ts'
import { createRollout } from './rollout.ts'
import { observed, timed } from './stores.ts'
import { createTracing, type Tracing, tracedStores } from './tracing.ts'
import { createWatcher } from './watch.ts'

const REVIEW_MS = 10_000
const SEAL_MS = 5_000

export interface ObservingDeps {
  /** As the store room opens them, and whether Redis has the short-lived part. */
  stores: Stores
  redis: boolean
  /** Seals what is new in the audit trail; whether there may be more. */
  chain: { seal(): Promise<boolean> }
  /** As it is configured. */
  policy: () => Policy
  /** Customer groups that the configuration names. */
  groups: () => ReadonlySet<string>
  profileOf: (clientId: string) => string
  /** OTLP endpoint. */
  tracesTo: string | undefined
  log: Logger
  now: () => number
}

export interface Observing {
  metrics: Metrics
  tracing: Tracing
  /** The same stores, with each call measured and traced. */
  stores: Stores
  watcher: Watcher
  /** A configured policy with what its brakes hold. */
  applied(policy: Policy): Policy
  /** Writes what was counted, judges the brakes and takes over what other instances have pulled. */
  review(): Promise<void>
  /** Begins to review and to seal by itself. */
  start(): void
  stop(): Promise<void>
}

/** All that watches, put together. Throws where it cannot be read which brakes are pulled. */
export async function startObserving(deps: ObservingDeps): Promise<Observing> {
  const { log, now, policy } = deps
  const metrics = createMetrics()
  const tracing = await createTracing(deps.tracesTo)
  const stores = observed(deps.stores, deps.redis, tracedStores(tracing, timed(metrics)))
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
  let sealedAt = now()
  const seal = async (): Promise<boolean> => {
    const more = await deps.chain.seal()
    if (!more) sealedAt = now()
    return more
  }
  const age = () => [{ value: (now() - sealedAt) / 1000 }]
  metrics.gauge(
    'audit_seal_age_seconds',
    'How long ago the audit trail was sealed to its end',
    [],
    age,
    'max',
  )
  let jobs: Job[] = []
  return {
    metrics,
    tracing,
    stores,
    watcher: createWatcher({ metrics, log, profileOf: deps.profileOf, rollout }),
    applied: brakes.applied,
    review,
    start() {
      const unreviewed = (err: unknown) => log.warn({ err }, 'roll-out not reviewed: all stays as it was')
      const unsealed = (err: unknown) => log.error({ err }, 'audit trail not sealed')
      jobs = [
        repeat(() => review().then(() => false), REVIEW_MS, unreviewed),
        repeat(seal, SEAL_MS, unsealed),
      ]
    },
    async stop() {
      await Promise.all(jobs.map((job) => job.stop()))
      await rollout.settled()
      await counts.flush().catch(onError)
      await tracing.stop()
    },
  }
}
