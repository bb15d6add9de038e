import type { Proof } from './assurance.ts'
import { decide, type Facts, type Held, type Refusal, type Step } from './decide.ts'

/** How a login ends for somebody who has everything their account holds at hand and skips what may be skipped. */
export type Ending =
  | { as: 'satisfied' }
  | { as: 'enrols' }
  /** `cannot_begin`: none of the credentials can begin a login. */
  | { as: 'stuck'; why: Refusal | 'cannot_begin' }

export interface Forecast {
  ending: Ending
  /** The steps on the way, in order. */
  steps: Step[]
}

/** Plays a login through, from nothing proven on. `facts` are those of that moment, with these proofs. */
export function forecast(facts: (proofs: readonly Proof[]) => Facts): Forecast {
  const proofs: Proof[] = []
  const steps: Step[] = []
  for (;;) {
    const known = facts(proofs)
    const step = decide(known)
    steps.push(step)
    if (step.kind === 'done') return { ending: { as: 'satisfied' }, steps }
    if (step.kind === 'enrol') return { ending: { as: step.skippable ? 'satisfied' : 'enrols' }, steps }
    if (step.kind === 'refuse') return { ending: { as: 'stuck', why: step.why }, steps }
    const next = known.credentials.find((c) => mayProve(c, step.offer, proofs))
    if (!next) return { ending: { as: 'stuck', why: 'cannot_begin' }, steps }
    proofs.push({ factor: next.factor, credentialId: next.id, at: known.now, strength: next.strength })
  }
}

const mayProve = (held: Held, offer: readonly string[], proofs: readonly Proof[]): boolean =>
  !held.suspended && offer.includes(held.factor) && !proofs.some((p) => p.credentialId === held.id)
