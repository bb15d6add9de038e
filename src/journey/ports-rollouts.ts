import type { AuditEvent } from '../domain/audit-event.ts'
import type { Endings, Pull, Window } from '../domain/brake.ts'
import type { Stage } from '../domain/policy.ts'

/** What becomes of people in a roll-out, as sums that all instances add to, and the brakes that were pulled. */
export interface Rollouts {
  add(counts: readonly RolloutCount[]): Promise<void>
  /** Sums over all hours since an instant (milliseconds). */
  sums(since: number): Promise<Omit<RolloutCount, 'hour'>[]>
  endings(window: Window): Promise<Endings>
  pulls(): Promise<Pull[]>
  /** Pulls a brake; false where that was done before, since it was last released. `released` in milliseconds. */
  pull(pull: Pull, released: number, event: AuditEvent): Promise<boolean>
}

/** `detail` says how; `hour` is its first millisecond. */
export interface RolloutCount {
  rule: string
  stage: Stage
  hour: number
  group: string
  what: Milestone
  detail: string
  n: number
}

/** In the order in which they come. One of each for each login; `failed` is one try, `stuck` one account and day. */
export const MILESTONES = ['seen', 'prompted', 'started', 'failed', 'enrolled', 'stuck'] as const
export type Milestone = (typeof MILESTONES)[number]
