import { beginOf, type Policy, type Rule, STAGES, type Stage, stageOf } from './policy.ts'

/** Holds the stages of a rule that are still to come, where too many fail in those that have begun. */
export interface Brake {
  /** Above 0, below 1: of those who come to an end, set up or stuck, the share of the stuck. */
  failureShare: number
  /** Not before so many have come to an end. */
  atLeast: number
  /** Names of the rules whose people are counted; the rule itself where absent. */
  watch?: readonly string[]
  /** Until then (milliseconds) everything was looked at by a person: neither pulls nor counts from before hold. */
  released?: number
}

/** The brake of a rule was pulled; `at` in milliseconds. */
export interface Pull {
  rule: string
  at: number
}

/** How many came to an end in one stage. */
export interface Endings {
  enrolled: number
  stuck: number
}

/**
 * Milliseconds from the pull on until it holds. What begins meanwhile begins everywhere: an instance that has not heard
 * of the pull yet must not begin what others hold.
 */
export const HOLDS_AFTER = 60_000

const HOUR = 3600_000

/** The policy in force: what a pulled brake holds is held as by a pause, which takes nothing back that has begun. */
export function braked(policy: Policy, pulls: readonly Pull[]): Policy {
  return { ...policy, rules: policy.rules.map((rule) => brakedRule(rule, pulls)) }
}

export function brakedRule(rule: Rule, pulls: readonly Pull[]): Rule {
  const held = heldFrom(rule, pulls)
  return held === Infinity ? rule : { ...rule, pause: Math.min(rule.pause ?? Infinity, held) }
}

/** The instant from which on a rule is held; Infinity where it is not. A rule without a brake is held by none. */
export function heldFrom({ name, brake }: Rule, pulls: readonly Pull[]): number {
  if (!brake) return Infinity
  const after = brake.released ?? -Infinity
  const holding = pulls
    .filter(({ rule, at }) => rule === name && at > after)
    .map(({ at }) => at + HOLDS_AFTER)
  return Math.min(...holding)
}

/** Whether so many are stuck that the brake is to be pulled. */
export function fails({ failureShare, atLeast }: Brake, { enrolled, stuck }: Endings): boolean {
  const all = enrolled + stuck
  return all >= atLeast && stuck > failureShare * all
}

/** Whether a rule has a stage that a brake pulled now would hold. */
export const hasMore = (rule: Rule, now: number): boolean =>
  STAGES.some((stage) => stage !== 'before' && isAhead(beginOf(rule, stage), now))

const isAhead = (begin: number, now: number): boolean => begin !== Infinity && begin > now + HOLDS_AFTER

/** Which stage is judged, and from which full hour (milliseconds) on its people count. */
export interface Window {
  rule: string
  stage: Stage
  since: number
}

/** The stages, each the present one of a watched rule, that a brake judges now. */
export function watched(rule: Rule, policy: Policy, now: number): Window[] {
  const { watch = [rule.name], released = -Infinity } = rule.brake ?? {}
  return policy.rules
    .filter(({ name }) => watch.includes(name))
    .flatMap((one) => {
      const stage = stageOf(one, now)
      if (stage === 'before') return []
      const begun = Math.floor(beginOf(one, stage) / HOUR) * HOUR
      return [{ rule: one.name, stage, since: Math.max(begun, Math.ceil(released / HOUR) * HOUR) }]
    })
}
