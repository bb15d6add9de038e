import type { Proof } from './assurance.ts'
import { BINDING, signalFor } from './binding.ts'
import { decide, type Offerable, type Refusal, type Step } from './decide.ts'
import { factsOf, type Relying, type Standing } from './facts.ts'
import { ask, type Policy, type Subject } from './policy.ts'

/** How a login ends for somebody who has what their account holds and their mailbox at hand, and skips what may be skipped. */
export type Ending =
  | { as: 'satisfied' }
  /** Something has to be set up first, which can be done within the login. */
  | { as: 'enrols' }
  /** `cannot_begin`: no credential that could begin a login is in good standing; `desk_first`: they must come by before. */
  | { as: 'stuck'; why: Refusal | 'cannot_begin' | 'desk_first' }

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
  /** Whether codes can be mailed here. */
  mails: boolean
  now: number
}

/** Plays the login of an account through, from nothing proven on, by the decisions that the provider would take. */
export function forecast(
  account: Subject & { locked: boolean; reachable: boolean },
  credentials: readonly Standing[],
  { acrValues, mails, ...at }: Circumstances,
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
    signal: signalFor(at.policy.binding ?? BINDING, account.group, mails && account.reachable),
  }
  for (;;) {
    const step = decide(factsOf(situation))
    steps.push(step)
    if (step.kind === 'done') return { ending: { as: 'satisfied' }, steps }
    if (step.kind === 'enrol' || step.kind === 'vouch') return { ending: endingBefore(step), steps }
    if (step.kind === 'refuse') return { ending: { as: 'stuck', why: step.why }, steps }
    const next = credentials.find((c) => mayProve(c, step.offer, proofs))
    if (!next) return { ending: { as: 'stuck', why: 'cannot_begin' }, steps }
    proofs.push({ factor: next.factor, credentialId: next.id, at: at.now, strength: next.strength })
  }
}

function endingBefore(step: Extract<Step, { kind: 'enrol' | 'vouch' }>): Ending {
  if (step.skippable) return { as: 'satisfied' }
  const needsDesk = step.kind === 'vouch' && step.by === 'desk_or_bundid'
  return needsDesk ? { as: 'stuck', why: 'desk_first' } : { as: 'enrols' }
}

const mayProve = (held: Standing, offer: readonly string[], proofs: readonly Proof[]): boolean =>
  !held.suspended && offer.includes(held.factor) && !proofs.some((p) => p.credentialId === held.id)
