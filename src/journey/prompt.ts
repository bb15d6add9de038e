import { offering, type Step, type Withheld } from '../domain/decide.ts'
import type { FactorId } from '../domain/factor.ts'
import { STAGES, type Stage } from '../domain/policy.ts'
import type { Progress } from './evidence.ts'
import type { Known } from './facts.ts'

/** Whether a page that sets something up is shown at this point of a login, and the one reason for it. */
export interface Prompt {
  shown: boolean
  reason: 'required' | 'offered' | 'wanted' | 'dismissed' | Withheld
  /** The furthest stage that any rule for this account has reached. */
  stage: Stage
  /** What can be set up on the page. */
  factors?: FactorId[]
}

/** Undefined where the login is not at the point of deciding it: somebody has still to prove something. */
export function promptOf(step: Step, { facts, ask }: Known, progress: Progress): Prompt | undefined {
  const stages = ask.matched.map((one) => one.stage)
  const stage = STAGES.findLast((one) => stages.includes(one)) ?? 'before'
  if (step.kind === 'enrol') {
    const wanted = facts.wanted !== undefined && step.offer.includes(facts.wanted)
    const reason = !step.skippable ? 'required' : wanted ? 'wanted' : 'offered'
    return { shown: true, reason, stage, factors: step.offer }
  }
  if (step.kind !== 'done') return undefined
  const withheld = offering(facts)
  if (typeof withheld !== 'string') throw new Error('done, though set-up is offered')
  // What was not passed over in this login was dismissed for good in an earlier one.
  const dismissed = withheld === 'skipped' && progress.skipped.length === 0
  return { shown: false, reason: dismissed ? 'dismissed' : withheld, stage }
}
