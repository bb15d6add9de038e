import type { Account } from './account.ts'
import { join, type Level, NOTHING, type Requirement } from './assurance.ts'

/**
 * One rule of `config/policy.yaml`: for these groups and clients (absent: for all), this is demanded,
 * in stages that begin at instants (milliseconds). An absent stage never begins.
 */
export interface Rule {
  name: string
  groups?: readonly string[]
  clients?: readonly string[]
  demand: Requirement
  /** From here on pages say what is coming and when. */
  announce?: number
  /** From here on set-up is offered and may be skipped. */
  prompt?: number
  /** From here on it is demanded. */
  require?: number
}

/** The whole policy. `epoch` changes with what is prompted; a dismissal counts in its own epoch only. */
export interface Policy {
  levels: readonly Level[]
  rules: readonly Rule[]
  epoch: string
}

/** What policy asks of this account at this client now. */
export interface Ask {
  required: Requirement
  offered?: Requirement
  /** The instant (milliseconds) at which what is only offered or announced today will be required. */
  announced?: number
  /** Names of the rules that matched, in file order, with the stage each is in. */
  matched: { rule: string; stage: Stage }[]
}

export type Stage = 'before' | 'announce' | 'prompt' | 'require'

/** The stage a rule is in at an instant. */
export function stageOf(rule: Rule, now: number): Stage {
  const begun = (at: number | undefined): boolean => at !== undefined && now >= at
  if (begun(rule.require)) return 'require'
  if (begun(rule.prompt)) return 'prompt'
  return begun(rule.announce) ? 'announce' : 'before'
}

/** Every matching rule counts and the strictest wins: a fold with `join`. */
export function ask(policy: Policy, who: Pick<Account, 'group'>, clientId: string, now: number): Ask {
  const matching = policy.rules.filter(
    (r) => (r.groups?.includes(who.group) ?? true) && (r.clients?.includes(clientId) ?? true),
  )
  const staged = matching.map((rule) => ({ rule, stage: stageOf(rule, now) }))
  const demands = (stage: Stage): Requirement[] =>
    staged.filter((s) => s.stage === stage).map((s) => s.rule.demand)
  const offered = demands('prompt')
  const coming = staged
    .filter((s) => s.stage === 'announce' || s.stage === 'prompt')
    .map((s) => s.rule.require ?? Infinity)
  const announced = Math.min(...coming)
  return {
    required: demands('require').reduce(join, NOTHING),
    ...(offered.length > 0 ? { offered: offered.reduce(join, NOTHING) } : {}),
    ...(announced === Infinity ? {} : { announced }),
    matched: staged.map((s) => ({ rule: s.rule.name, stage: s.stage })),
  }
}
