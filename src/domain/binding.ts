import { ceiling, closed, gap, strengths } from './assurance.ts'
import type { Facts, Held, Offerable, Step } from './step.ts'

/**
 * What else must show that it is the owner who sets up the first factor of an account: more than the password, which
 * may be stolen (NIST SP 800-63B-4, 4.1.2.1; OWASP ASVS 5.0, 6.4.4).
 */
export type Signal = 'mailed_code' | 'desk_or_bundid'

/**
 * The ground a credential was bound on, where it was less than firm: the first beside a password; or with the help of
 * what was kept for emergencies, or of a mailed code in place of a password.
 */
export type Ground = 'first_factor' | 'recovery'

/** What policy says of binding credentials. */
export interface Binding {
  /** What must come before the first factor; `groups` by customer group. */
  firstFactor: Signal | 'open'
  groups: Readonly<Record<string, Signal | 'open'>>
  /** In the place of a mailed code, for accounts that cannot be sent one. */
  withoutAddress: 'desk_or_bundid' | 'open'
  /** Milliseconds until a credential counts where a level asks for settled ones. */
  settles: Readonly<Record<Ground, number>>
}

const DAY = 24 * 3600 * 1000

/**
 * Where policy says nothing. Nobody is locked out who has no confirmed address: what such an account sets up settles
 * like every first factor, so that what is sensitive stays closed meanwhile.
 */
export const BINDING: Binding = {
  firstFactor: 'mailed_code',
  groups: {},
  withoutAddress: 'open',
  settles: { first_factor: 3 * DAY, recovery: 7 * DAY },
}

/** What must come before the first factor of an account of this group; `reachable`: it can be sent a code. */
export function signalFor(binding: Binding, group: string, reachable: boolean): Signal | undefined {
  const wanted = binding.groups[group] ?? binding.firstFactor
  const signal = wanted === 'mailed_code' && !reachable ? binding.withoutAddress : wanted
  return signal === 'open' ? undefined : signal
}

/**
 * Where the next step would be to set up the first factor of an account, the signal comes before it. What takes the
 * place of something the account has (a password) is no first factor.
 */
export function vouched(facts: Facts, step: Step): Step {
  if (step.kind !== 'enrol' || !facts.signal || hasTwoKinds(facts.credentials, facts.factors)) return step
  if (step.offer.every((id) => facts.credentials.some((c) => c.factor === id))) return step
  return { kind: 'vouch', by: facts.signal, before: step.offer, skippable: step.skippable }
}

/** The ground on which a credential would be bound now; undefined: firm. */
export function groundOf(facts: Facts): Ground | undefined {
  if (!hasTwoKinds(facts.credentials, facts.factors)) return 'first_factor'
  const fresh = facts.proofs.filter((p) => p.at >= facts.enrolSince)
  const firm = fresh.filter((p) => !p.unsettled)
  const most = ceiling(strengths(lasting(facts.credentials, facts.factors)))
  if (closed(gap(strengths(firm), most))) return undefined
  return fresh.find((p) => p.unsettled)?.unsettled?.ground ?? 'recovery'
}

/** Whether an account has two kinds to sign in with, not counting what helps out once: that is of use only then. */
export const hasTwoKinds = (credentials: readonly Held[], factors: readonly Offerable[]): boolean =>
  ceiling(strengths(lasting(credentials, factors))).distinctKinds === 2

/** Without what helps out once. */
export const lasting = (credentials: readonly Held[], factors: readonly Offerable[]): Held[] =>
  credentials.filter((c) => factors.some((f) => f.id === c.factor && !f.helpsOut))
