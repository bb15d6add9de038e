import {
  type Assurance,
  assess,
  type Clock,
  ceiling,
  closed,
  gap,
  helps,
  join,
  type Level,
  NOTHING,
  type Proof,
  permits,
  type Requirement,
  satisfies,
  strengths,
  usable,
} from './assurance.ts'
import type { FactorId, Strength } from './factor.ts'

/**
 * What happens next. Pages and the gate in front of every token ask the same question and get this answer. `toward` is
 * what the step is to lead to, for factors that ask for a level elsewhere.
 */
export type Step =
  | { kind: 'identify'; offer: FactorId[]; toward: Requirement }
  | { kind: 'verify'; offer: FactorId[]; toward: Requirement }
  | { kind: 'enrol'; offer: FactorId[]; skippable: boolean; toward: Requirement }
  | { kind: 'done'; assurance: Assurance }
  | { kind: 'refuse'; error: RefusalError; why: Refusal }

export type RefusalError =
  | 'login_required'
  | 'interaction_required'
  | 'unmet_authentication_requirements'
  | 'access_denied'

export type Refusal =
  | 'account_locked'
  | 'silent'
  | 'unknown_acr'
  | 'no_factor_reaches_it'
  | 'strongest_is_suspended'

/** Why no set-up is offered. */
export type Withheld =
  | 'nothing_offered'
  | 'silent'
  | 'satisfied'
  | 'no_factor_reaches_it'
  | 'skipped'
  | 'unproven'

/** A registered factor as `decide` needs to know it. */
export interface Offerable {
  id: FactorId
  identifies: boolean
  enrollable: boolean
  yields: Strength
  maxPerAccount: number
  helpsOut?: boolean
  replaceable?: boolean
}

/** A credential of the account. A suspended one proves nothing, yet still has to be outweighed before enrolment. */
export interface Held {
  id: string
  factor: FactorId
  strength: Strength
  suspended: boolean
}

export interface Facts extends Clock {
  /** The account that proofs and session speak of; absent before anybody is identified. */
  account?: { locked: boolean }
  /** Proofs of this account whose credentials still exist. With `prompt=login`, only those of this interaction. */
  proofs: readonly Proof[]
  credentials: readonly Held[]
  factors: readonly Offerable[]
  levels: readonly Level[]
  /** What policy and client demand, joined. */
  required: Requirement
  /** What policy offers at present; set-up for it can be skipped. */
  offered?: Requirement
  /** acr values the request asks for, any of which will do; empty where it asks for none. */
  asked: readonly Level[]
  /** The request insists on acr values none of which is configured here. */
  unknownAcr: boolean
  /** False under `prompt=none`. */
  interactive: boolean
  /** Proofs older than this (milliseconds) do not let a person bind a new credential. */
  enrolSince: number
  /** Set-up pages passed over in this interaction, or dismissed for good in this policy epoch. */
  skipped: readonly FactorId[]
  /** A factor the person would like to set up besides, though nothing asks for it; or anew in the place of its only one. */
  wanted?: FactorId
  /** The person is about to change the account: the most it can prove must have been proven since `enrolSince`. */
  confirm?: boolean
}

/**
 * Says what happens next. Pure: the same facts give the same step, whoever asks.
 *
 * It keeps, over all worlds (test/unit/decide.worlds.test.ts): done meets the demand; done rests on permitted factors
 * alone; no question under `prompt=none`; nobody enrols with nothing proven, or with less proven than the account's
 * credentials can prove (NIST SP 800-63B-4, binding of authenticators); offers are never empty; what was skipped is
 * never read where something is required; every journey ends.
 */
export function decide(facts: Facts): Step {
  const step = next(facts)
  if (facts.interactive || step.kind === 'done' || step.kind === 'refuse') return step
  return refuse(step.kind === 'enrol' ? 'interaction_required' : 'login_required', 'silent')
}

function next(facts: Facts): Step {
  if (facts.unknownAcr) return refuse('unmet_authentication_requirements', 'unknown_acr')
  if (!facts.account || facts.proofs.length === 0) return identify(facts)
  if (facts.account.locked) return refuse('access_denied', 'account_locked')

  const base = join(facts.required, ownProtection(facts))
  const ways = facts.asked.length > 0 ? facts.asked.map((level) => join(base, level.requirement)) : [base]
  const met = ways.find((way) => satisfies(facts.proofs, way, facts))
  if (met)
    return protect(facts) ?? confirmation(facts) ?? volunteered(facts) ?? offer(facts) ?? done(facts, met)
  return verify(facts, ways) ?? enrol(facts, ways)
}

/**
 * Where an account can prove two kinds, one never suffices: a factor once set up is always asked for. What a client
 * does not permit counts here too, or that client would be the way around it.
 */
function ownProtection(facts: Facts): Requirement {
  return { ...NOTHING, distinctKinds: ceiling(strengths(live(facts))).distinctKinds }
}

/** That holds, too, where the second kind is not among the factors that count here: it is asked for all the same. */
function protect(facts: Facts): Step | undefined {
  const own = ownProtection(facts)
  if (satisfies(facts.proofs, own, facts)) return undefined
  return { kind: 'verify', offer: nearing(facts, live(facts), facts.proofs, own), toward: own }
}

function identify(facts: Facts): Step {
  const able = facts.factors.filter((f) => f.identifies)
  const first = able.filter((f) => permits(facts.required, f.id))
  const rest = able.filter((f) => !first.includes(f))
  const [asked] = facts.asked
  const toward = asked ? join(facts.required, asked.requirement) : facts.required
  return { kind: 'identify', offer: [...first, ...rest].map((f) => f.id), toward }
}

/** The account can meet one of the ways with what it has: ask for what is missing. */
function verify(facts: Facts, ways: readonly Requirement[]): Step | undefined {
  const way = ways.find((w) => closed(gap(strengths(heldFor(facts, w)), w)))
  return (
    way && {
      kind: 'verify',
      offer: nearing(facts, heldFor(facts, way), usable(facts.proofs, way, facts), way),
      toward: way,
    }
  )
}

/**
 * The factors, in registered order, of those credentials which meet the requirement with what is proven already; where
 * none does alone, of those which bring it nearer.
 */
function nearing(
  facts: Facts,
  held: readonly Held[],
  proofs: readonly Proof[],
  requirement: Requirement,
): FactorId[] {
  const have = strengths(proofs)
  const enough = held.filter((c) => closed(gap([...have, c.strength], requirement)))
  const nearer = enough.length > 0 ? enough : held.filter((c) => helps(c.strength, have, requirement))
  const useful = new Set(nearer.map((c) => c.factor))
  return facts.factors.map((f) => f.id).filter((id) => useful.has(id))
}

/** The account must get something new, but only after proving the most it can prove already. */
function enrol(facts: Facts, ways: readonly Requirement[]): Step {
  for (const way of ways) {
    const offered = enrollable(facts, way)
    if (offered.length > 0)
      return proveMost(facts) ?? { kind: 'enrol', offer: offered, skippable: false, toward: way }
  }
  return refuse('unmet_authentication_requirements', 'no_factor_reaches_it')
}

/** In the offering stage of a rule: pages that may be skipped, unless they were. */
function offer(facts: Facts): Step | undefined {
  const left = offering(facts)
  if (typeof left === 'string' || !facts.offered) return undefined
  return { kind: 'enrol', offer: left, skippable: true, toward: facts.offered }
}

/** The factors whose set-up is offered where nothing that is required is missing, or why there are none. */
export function offering(facts: Facts): FactorId[] | Withheld {
  if (!facts.offered) return 'nothing_offered'
  if (!facts.interactive) return 'silent'
  if (closed(gap(strengths(heldFor(facts, facts.offered)), facts.offered))) return 'satisfied'
  const able = enrollable(facts, facts.offered)
  if (able.length === 0) return 'no_factor_reaches_it'
  const left = able.filter((id) => !facts.skipped.includes(id))
  if (left.length === 0) return 'skipped'
  return proveMost(facts) ? 'unproven' : left
}

/** A change of the account is held to the same rule as the binding of a new credential. */
const confirmation = (facts: Facts): Step | undefined => (facts.confirm ? proveMost(facts) : undefined)

/** Nothing asks for it, the person does; under the same rule as every binding of a new credential. */
function volunteered(facts: Facts): Step | undefined {
  const wanted = facts.factors.find((f) => f.id === facts.wanted)
  if (!wanted || !facts.interactive) return undefined
  const replaced =
    (wanted.enrollable || wanted.replaceable) &&
    facts.credentials.some((c) => c.factor === wanted.id) &&
    wanted.maxPerAccount === 1 &&
    permits(facts.required, wanted.id)
  if (!replaced && !roomFor(facts, facts.required).includes(wanted)) return undefined
  if (wanted.helpsOut && !hasWhatToHelpOut(facts.credentials, facts.factors)) return undefined
  return proveMost(facts) ?? { kind: 'enrol', offer: [wanted.id], skippable: true, toward: facts.required }
}

/** What helps out once is of use only where an account has two kinds to sign in with otherwise. */
export function hasWhatToHelpOut(credentials: readonly Held[], factors: readonly Offerable[]): boolean {
  const lasting = credentials.filter((c) => factors.some((f) => f.id === c.factor && !f.helpsOut))
  return ceiling(strengths(lasting)).distinctKinds === 2
}

/** What remains to be proven, freshly, before this account may bind a new credential; undefined: nothing. */
function proveMost(facts: Facts): Step | undefined {
  const fresh = facts.proofs.filter((p) => p.at >= facts.enrolSince)
  const most = ceiling(strengths(facts.credentials))
  if (closed(gap(strengths(fresh), most))) return undefined
  const offered = nearing(facts, live(facts), fresh, most)
  if (offered.length > 0) return { kind: 'verify', offer: offered, toward: most }
  return refuse('unmet_authentication_requirements', 'strongest_is_suspended')
}

/**
 * Factors the account can set up that meet the requirement with what it has; where none does alone, those without which
 * it cannot be met; else those that help. None where nothing leads there.
 */
function enrollable(facts: Facts, requirement: Requirement): FactorId[] {
  const room = roomFor(facts, requirement).filter((f) => !f.helpsOut)
  const held = strengths(heldFor(facts, requirement))
  const meet = (chosen: readonly Offerable[]): boolean =>
    closed(gap([...held, ...chosen.map((f) => f.yields)], requirement))
  if (!meet(room)) return []
  const candidates = [
    room.filter((f) => meet([f])),
    room.filter((f) => !meet(room.filter((other) => other !== f))),
    room.filter((f) => helps(f.yields, held, requirement)),
  ]
  return (candidates.find((some) => some.length > 0) ?? []).map((f) => f.id)
}

/** What the account may still set up, as far as this requirement lets it count. */
const roomFor = (facts: Facts, requirement: Requirement): Offerable[] =>
  facts.factors.filter(
    (f) =>
      f.enrollable &&
      permits(requirement, f.id) &&
      facts.credentials.filter((c) => c.factor === f.id).length < f.maxPerAccount,
  )

const live = (facts: Facts): Held[] => facts.credentials.filter((c) => !c.suspended)

const heldFor = (facts: Facts, requirement: Requirement): Held[] =>
  live(facts).filter((c) => permits(requirement, c.factor))

function done(facts: Facts, met: Requirement): Step {
  return {
    kind: 'done',
    assurance: assess(usable(facts.proofs, met, facts), facts.levels, facts.asked, facts),
  }
}

const refuse = (error: RefusalError, why: Refusal): Step => ({ kind: 'refuse', error, why })
