import type { Account } from './account.ts'
import { join, type Level, NOTHING, type Requirement } from './assurance.ts'
import type { Binding } from './binding.ts'
import type { Brake } from './brake.ts'
import { shareOf } from './share.ts'

/**
 * One rule of `config/policy.yaml`: of these groups, at these clients, of this share of accounts (absent: of all), this
 * is demanded, in stages that begin at instants (milliseconds). An absent stage never begins.
 */
export interface Rule {
  name: string
  groups?: readonly string[]
  clients?: readonly string[]
  /** More than 0, at most 100. Which accounts these are is fixed: a smaller share is part of every larger one. */
  percent?: number
  demand: Requirement
  /** From here on pages say what is coming and when. */
  announce?: number
  /** From here on set-up is offered and may be skipped. */
  prompt?: number
  /** From here on it is demanded. */
  require?: number
  /** Stages that would begin after this instant do not begin. What has begun by then stays as it is. */
  pause?: number
  brake?: Brake
}

/** The whole policy. `epoch` changes with what is prompted; a dismissal counts in its own epoch only. */
export interface Policy {
  levels: readonly Level[]
  rules: readonly Rule[]
  epoch: string
  /** Absent: `BINDING`. */
  binding?: Binding
}

/** An account as policy sees it. */
export type Subject = Pick<Account, 'id' | 'group'>

/** What policy asks of this account at this client now. */
export interface Ask {
  required: Requirement
  offered?: Requirement
  /** The instant (milliseconds) at which what is only offered or announced today will be required. */
  announced?: number
  /** Names of the rules that matched, in file order, with the stage each is in. */
  matched: { rule: string; stage: Stage }[]
}

/** In the order in which they come. */
export const STAGES = ['before', 'announce', 'prompt', 'require'] as const
export type Stage = (typeof STAGES)[number]

/** The stage a rule is in at an instant. */
export function stageOf(rule: Rule, now: number): Stage {
  const begun = (stage: Stage): boolean => stage === 'before' || beginOf(rule, stage) <= now
  return STAGES.findLast(begun) ?? 'before'
}

/** The instant at which a stage of a rule begins; Infinity where it never does, or is held by a pause. */
export function beginOf(rule: Rule, stage: Exclude<Stage, 'before'>): number {
  const at = rule[stage] ?? Infinity
  return at > (rule.pause ?? Infinity) ? Infinity : at
}

/** Whether a rule is for this account at this client. Nobody in particular: only what is for everybody. */
export const concerns = (rule: Rule, who: Subject | undefined, clientId: string): boolean =>
  (rule.groups?.includes(who?.group ?? '') ?? true) &&
  (rule.clients?.includes(clientId) ?? true) &&
  (rule.percent === undefined || (who !== undefined && shareOf(who.id) < rule.percent))

/** Every matching rule counts and the strictest wins: a fold with `join`. */
export function ask(policy: Policy, who: Subject | undefined, clientId: string, now: number): Ask {
  const staged = policy.rules
    .filter((rule) => concerns(rule, who, clientId))
    .map((rule) => ({ rule, stage: stageOf(rule, now) }))
  const demands = (stage: Stage): Requirement[] =>
    staged.filter((s) => s.stage === stage).map((s) => s.rule.demand)
  const offered = demands('prompt')
  const coming = staged
    .filter((s) => s.stage === 'announce' || s.stage === 'prompt')
    .map((s) => beginOf(s.rule, 'require'))
  const announced = Math.min(...coming)
  return {
    required: demands('require').reduce(join, NOTHING),
    ...(offered.length > 0 ? { offered: offered.reduce(join, NOTHING) } : {}),
    ...(announced === Infinity ? {} : { announced }),
    matched: staged.map((s) => ({ rule: s.rule.name, stage: s.stage })),
  }
}
