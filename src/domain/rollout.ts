import type { Stage } from './policy.ts'

/** How many came how far in one stage of a rule, within one hour. `detail` says how; `hour` is its first millisecond. */
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
