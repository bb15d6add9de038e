import type { Logger } from 'pino'
import { braked, fails, hasMore, heldFrom, type Pull, watched } from '../domain/brake.ts'
import type { Policy, Rule } from '../domain/policy.ts'
import type { Rollouts } from '../journey/ports.ts'

export interface BrakeDeps {
  rollouts: Pick<Rollouts, 'endings' | 'pulls' | 'pull'>
  /** The policy as it is configured. */
  policy: () => Policy
  log: Logger
  /** Milliseconds since 1970. */
  now: () => number
}

export interface Brakes {
  /** The policy with what its brakes hold. */
  applied(policy: Policy): Policy
  /** Names of the rules that are held. */
  held(): string[]
  /** Takes over what any instance has pulled, and pulls where too many fail. Where this fails, all stays as it was. */
  review(): Promise<void>
  /** When it was last known what is pulled; milliseconds. */
  readAt(): number
}

/** Judges the stages of a roll-out. What is pulled is read with each review, and never for a login. */
export function createBrakes({ rollouts, policy, log, now }: BrakeDeps): Brakes {
  let pulls: readonly Pull[] = []
  let readAt = 0
  let known: { of: Policy; by: readonly Pull[]; applied: Policy } | undefined
  const read = async (): Promise<void> => {
    const at = now()
    pulls = await rollouts.pulls()
    readAt = at
  }
  const isHeld = (rule: Rule): boolean => heldFrom(rule, pulls) !== Infinity
  const applied = (of: Policy): Policy => {
    if (known?.of !== of || known.by !== pulls) known = { of, by: pulls, applied: braked(of, pulls) }
    return known.applied
  }

  /** Whether it was this instance that pulled the brake of the rule. */
  const judge = async (rule: Rule): Promise<boolean> => {
    if (!rule.brake || isHeld(rule) || !hasMore(rule, now())) return false
    for (const window of watched(rule, applied(policy()), now())) {
      const endings = await rollouts.endings(window)
      if (!fails(rule.brake, endings)) continue
      const pull = { rule: rule.name, at: now() }
      const of = { rule: rule.name, by: window.rule, stage: window.stage, ...endings }
      const pulled = await rollouts.pull(pull, rule.brake.released ?? 0, { event: 'policy.braked', ...of })
      if (pulled) log.warn(of, 'brake pulled: stages of this rule that have not begun are held')
      return true
    }
    return false
  }

  return {
    applied,
    held: () =>
      policy()
        .rules.filter(isHeld)
        .map(({ name }) => name),
    readAt: () => readAt,
    async review() {
      await read()
      const judged = []
      for (const rule of policy().rules) judged.push(await judge(rule))
      if (judged.includes(true)) await read()
    },
  }
}
