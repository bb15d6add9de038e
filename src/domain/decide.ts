import {
  assess,
  ceiling,
  closed,
  counts,
  gap,
  helps,
  join,
  NOTHING,
  type Proof,
  permits,
  type Requirement,
  satisfies,
  strengths,
  usable,
} from './assurance.ts'
import { groundOf, hasTwoKinds, vouched } from './binding.ts'
import type { FactorId } from './factor.ts'
import type { Facts, Held, Offerable, Refusal, RefusalError, Step, Withheld } from './step.ts'

export type { Facts, Held, Offerable, Refusal, RefusalError, Step, Withheld } from './step.ts'

/**
 * Says what happens next. Pure: the same facts give the same step, whoever asks.
 *
 * It keeps, over all worlds (test/unit/decide.worlds.test.ts): done meets the demand; done rests on permitted factors
 * alone; no question under `prompt=none`; nobody enrols with nothing proven, or with less proven than the account's
 * credentials can prove (NIST SP 800-63B-4, binding of authenticators); offers are never empty; what was skipped is
 * never read where something is required; every journey ends.
 */
export function decide(facts: Facts): Step {
  const step = vouched(facts, next(facts))
  if (facts.interactive || step.kind === 'done' || step.kind === 'refuse') return step
  return refuse(
    step.kind === 'enrol' || step.kind === 'vouch' ? 'interaction_required' : 'login_required',
    'silent',
  )
}

function next(facts: Facts): Step {
  if (facts.unknownAcr) return refuse('unmet_authentication_requirements', 'unknown_acr')
  if (!facts.account || (facts.proofs.length === 0 && !facts.lost)) return identify(facts)
  if (facts.account.locked) return refuse('access_denied', 'account_locked')
  if (facts.lost) return recover(facts, facts.lost)

  const base = join(facts.required, ownProtection(facts))
  const ways = facts.asked.length > 0 ? facts.asked.map((level) => join(base, level.requirement)) : [base]
  const met = ways.find((way) => satisfies(facts.proofs, way, facts))
  if (met)
    return protect(facts) ?? confirmation(facts) ?? volunteered(facts) ?? offer(facts) ?? done(facts, met)
  return verify(facts, ways) ?? enrol(facts, ways)
}

/**
 * The code stands in for the lost factors alone: everything else that the account can prove is asked for. What people
 * cannot set up by themselves (a password) is set up anew; in the place of anything else, whatever they choose.
 */
function recover(facts: Facts, lost: readonly FactorId[]): Step {
  const credentials = facts.credentials.filter((c) => !lost.includes(c.factor))
  const proofs = facts.proofs.filter((p) => !lost.includes(p.factor))
  const missing = credentials.length > 0 ? proveMost({ ...facts, credentials, proofs }) : undefined
  if (missing) return missing
  const anew = facts.factors.filter((f) => lost.includes(f.id) && !f.enrollable)
  const room = roomFor({ ...facts, credentials }, facts.required).filter((f) => !f.helpsOut)
  const offer = (anew.length > 0 ? anew : room).map((f) => f.id)
  if (offer.length === 0) return refuse('unmet_authentication_requirements', 'no_factor_reaches_it')
  return { kind: 'enrol', offer, skippable: false, toward: facts.required }
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
    if (offered.length === 0) continue
    const missing = proveMost(facts)
    if (missing) return missing
    // What would be bound on this ground would not count yet.
    if (!way.settled || !groundOf(facts))
      return { kind: 'enrol', offer: offered, skippable: false, toward: way }
  }
  if (ways.some((way) => way.settled && waits(facts, way))) return notSettled(facts)
  return refuse('unmet_authentication_requirements', 'no_factor_reaches_it')
}

/** Whether the requirement would be met, or could be, if what the account has or sets up now were settled. */
function waits(facts: Facts, { settled: _, ...way }: Requirement): boolean {
  return closed(gap(strengths(heldFor(facts, way)), way)) || enrollable(facts, way).length > 0
}

/** `until`: when the last of what the account has is settled. */
function notSettled({ credentials }: Facts): Step {
  const instants = credentials.flatMap(({ unsettled }) => unsettled?.until ?? [])
  const until = Math.max(...instants.filter(Number.isFinite))
  const refusal = refuse('unmet_authentication_requirements', 'not_settled')
  return Number.isFinite(until) ? { ...refusal, until } : refusal
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
  if (wanted.helpsOut && !hasTwoKinds(facts.credentials, facts.factors)) return undefined
  return proveMost(facts) ?? { kind: 'enrol', offer: [wanted.id], skippable: true, toward: facts.required }
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
  live(facts).filter((c) => counts(requirement, c))

function done(facts: Facts, met: Requirement): Step {
  return {
    kind: 'done',
    assurance: assess(usable(facts.proofs, met, facts), facts.levels, facts.asked, facts),
  }
}

const refuse = (error: RefusalError, why: Refusal) => ({ kind: 'refuse', error, why }) as const
