import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

export type Metrics = ReturnType<typeof createMetrics>

/**
 * All that is counted of one process. Labels are names out of the code or the configuration, never anything that people
 * or applications send: what could be anything is `other`. Durations in seconds.
 */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name: `pforte_${name}`, help, labelNames, registers })
  const histogram = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Histogram({ name: `pforte_${name}`, help, labelNames, registers, buckets: SECONDS })
  return {
    registry,
    requests: histogram(
      'http_request_duration_seconds',
      'Requests, by what they are for and how they ended',
      ['route', 'status'],
    ),
    stores: histogram('store_duration_seconds', 'Calls of a store, by backend, store and outcome', [
      'backend',
      'store',
      'outcome',
    ]),
    hashes: histogram('password_hash_seconds', 'Time one password hash takes, without waiting', []),
    hashWaits: histogram('password_hash_wait_seconds', 'Time a password waits to be hashed', []),
    logins: counter('logins_total', 'Logins that came through, by profile of the application and level', [
      'profile',
      'acr',
    ]),
    refusals: counter('logins_refused_total', 'Logins that ended without success, by reason', ['reason']),
    verifications: counter('factor_verifications_total', 'Answers to a factor, by outcome', [
      'factor',
      'outcome',
    ]),
    enrolments: counter('factor_enrolments_total', 'Answers to a set-up page, by outcome', [
      'factor',
      'outcome',
    ]),
    prompts: counter('prompts_total', 'Set-up pages shown or not shown, by stage and reason', [
      'stage',
      'reason',
    ]),
    tokens: counter('token_requests_total', 'Requests at the token endpoint, by grant and outcome', [
      'grant',
      'outcome',
    ]),
    /** Default metrics of the process; they watch the event loop and the collector, so only where somebody asks. */
    process: () => collectDefaultMetrics({ register: registry }),
    /** A value that is read when somebody asks; where it cannot be read it is left out. */
    gauge<L extends string>(
      name: string,
      help: string,
      labelNames: L[],
      read: () => Reading<L>[] | Promise<Reading<L>[]>,
      /** How the values of several workers become one. */
      aggregator: 'sum' | 'max' | 'min' = 'sum',
    ): void {
      new Gauge({
        name: `pforte_${name}`,
        help,
        labelNames,
        registers,
        aggregator,
        async collect() {
          this.reset()
          // Without labels a reset gauge says 0, which would be a lie where nothing could be read.
          if (labelNames.length === 0) this.remove()
          const readings = await Promise.resolve()
            .then(read)
            .catch(() => [])
          for (const { value, ...labels } of readings) this.set(labels as never, value)
        },
      })
    },
  }
}

export type Reading<L extends string> = { value: number } & Record<L, string>

/** What becomes of people in a roll-out, by names out of the configuration; and which of its rules are held. */
export function addRolloutMetrics(
  { registry, gauge }: Metrics,
  brakes: { held(): string[]; readAt(): number },
  now: () => number,
) {
  const held = () => brakes.held().map((rule) => ({ rule, value: 1 }))
  gauge('policy_braked', 'Rules of the policy whose coming stages a brake holds', ['rule'], held, 'max')
  const age = () => [{ value: (now() - brakes.readAt()) / 1000 }]
  gauge('policy_brakes_age_seconds', 'How old what is known of pulled brakes is', [], age, 'max')
  return new Counter({
    name: 'pforte_rollout_total',
    help: 'Logins by how far they came in a stage of a roll-out',
    labelNames: ['rule', 'stage', 'group', 'what', 'detail'],
    registers: [registry],
  })
}
