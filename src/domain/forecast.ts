import type { Proof } from './assurance.ts'
import { decide, type Held, type Offerable, type Refusal, type Step } from './decide.ts'
import { factsOf, type Relying } from './facts.ts'
import { ask, type Policy, type Subject } from './policy.ts'

/** How a login ends for somebody who has everything their account holds at hand and skips what may be skipped. */
export type Ending =
  | { as: 'satisfied' }
  /** Something has to be set up first, which can be done within the login. */
  | { as: 'enrols' }
  /** `cannot_begin`: no credential that could begin a login is in good standing. */
  | { as: 'stuck'; why: Refusal | 'cannot_begin' }

export interface Forecast {
  ending: Ending
  /** The steps on the way, in order. */
  steps: Step[]
}

/** Where and when the login is. `acrValues` are what the request names; `now` in milliseconds. */
export interface Circumstances {
  policy: Policy
  factors: readonly Offerable[]
  client: Relying
  acrValues: readonly string[]
  /** Seconds. */
  sessionAbsolute: number
  now: number
}

/** Plays the login of an account through, from nothing proven on, by the decisions that the provider would take. */
export function forecast(
  account: Subject & { locked: boolean },
  credentials: readonly Held[],
  { acrValues, ...at }: Circumstances,
): Forecast {
  const proofs: Proof[] = []
  const steps: Step[] = []
  const situation = {
    ...at,
    since: at.now,
    ask: ask(at.policy, account, at.client.clientId, at.now),
    asked: { acrValues, essential: false, reauthenticate: false, interactive: true },
    account,
    credentials,
    proofs,
    skipped: [],
  }
  for (;;) {
    const step = decide(factsOf(situation))
    steps.push(step)
    if (step.kind === 'done') return { ending: { as: 'satisfied' }, steps }
    if (step.kind === 'enrol' || step.kind === 'vouch')
      return { ending: { as: step.skippable ? 'satisfied' : 'enrols' }, steps }
    if (step.kind === 'refuse') return { ending: { as: 'stuck', why: step.why }, steps }
    const next = credentials.find((c) => mayProve(c, step.offer, proofs))
    if (!next) return { ending: { as: 'stuck', why: 'cannot_begin' }, steps }
    proofs.push({ factor: next.factor, credentialId: next.id, at: at.now, strength: next.strength })
  }
}

const mayProve = (held: Held, offer: readonly string[], proofs: readonly Proof[]): boolean =>
  !held.suspended && offer.includes(held.factor) && !proofs.some((p) => p.credentialId === held.id)
