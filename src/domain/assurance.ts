import type { Ground } from './binding.ts'
import type { FactorId, Identity, Kind, Strength } from './factor.ts'

/** Credential X was verified at time `at` (milliseconds). Stored as it happened; levels are always derived. */
export interface Proof {
  factor: FactorId
  credentialId: string
  at: number
  strength: Strength
  /** Its credential does not count yet where settled ones are asked for; known for `Facts` alone, never stored. */
  unsettled?: Unsettled
}

/** Bound on less than firm ground, and `until` an instant (milliseconds; Infinity: for good) not settled. */
export interface Unsettled {
  ground: Ground
  until: number
}

/**
 * What proofs must show. Requirements form a lattice, not a ladder: `join` takes the stricter of each part.
 * `maxAge` is in seconds; an absent `permitted` permits every factor.
 */
export interface Requirement {
  distinctKinds: 1 | 2
  phishingResistant: boolean
  identity: Identity
  maxAge?: number
  permitted?: readonly FactorId[]
  /** Only credentials that have stood for a while count, where they were not bound on firm ground. */
  settled?: true
}

/** An acr value is a name for one requirement. */
export interface Level {
  acr: string
  requirement: Requirement
}

/** What an ID token says: always derived from proofs. `authTime` in seconds, that of the oldest proof relied on. */
export interface Assurance {
  acr: string | undefined
  amr: string[]
  authTime: number
}

export const NOTHING: Requirement = { distinctKinds: 1, phishingResistant: false, identity: 'none' }

const IDENTITIES: readonly Identity[] = ['none', 'low', 'substantial', 'high']
const rank = (identity: Identity): number => IDENTITIES.indexOf(identity)

/** The least requirement that is at least as strict as both. */
export function join(a: Requirement, b: Requirement): Requirement {
  const maxAge = Math.min(a.maxAge ?? Infinity, b.maxAge ?? Infinity)
  const permitted =
    a.permitted && b.permitted
      ? a.permitted.filter((f) => b.permitted?.includes(f))
      : (a.permitted ?? b.permitted)
  return {
    distinctKinds: a.distinctKinds > b.distinctKinds ? a.distinctKinds : b.distinctKinds,
    phishingResistant: a.phishingResistant || b.phishingResistant,
    identity: rank(a.identity) >= rank(b.identity) ? a.identity : b.identity,
    ...(maxAge === Infinity ? {} : { maxAge }),
    ...(permitted ? { permitted } : {}),
    ...(a.settled || b.settled ? { settled: true } : {}),
  }
}

export const permits = (requirement: Requirement, factor: FactorId): boolean =>
  requirement.permitted?.includes(factor) ?? true

/** Whether a proof or credential counts toward a requirement, its strength and age aside. */
export const counts = (requirement: Requirement, one: { factor: FactorId; unsettled?: Unsettled }): boolean =>
  permits(requirement, one.factor) && !(requirement.settled && one.unsettled)

/** Which parts of a requirement the given strengths leave open. Age and permission are the caller's to filter. */
export interface Gap {
  kinds: boolean
  phishingResistant: boolean
  identity: boolean
}

export function gap(strengths: readonly Strength[], requirement: Requirement): Gap {
  return {
    kinds: kindsOf(strengths).size < requirement.distinctKinds,
    phishingResistant: requirement.phishingResistant && !strengths.some((s) => s.phishingResistant),
    identity:
      !strengths.some((s) => rank(s.identity) >= rank(requirement.identity)) &&
      requirement.identity !== 'none',
  }
}

export const closed = (open: Gap): boolean => !open.kinds && !open.phishingResistant && !open.identity

/** True where one more proof of this strength closes, or helps to close, a part that is still open. */
export function helps(strength: Strength, have: readonly Strength[], requirement: Requirement): boolean {
  const before = gap(have, requirement)
  const after = gap([...have, strength], requirement)
  const adds = kindsOf([...have, strength]).size > kindsOf(have).size
  return (
    (before.kinds && adds) ||
    (before.phishingResistant && !after.phishingResistant) ||
    (before.identity && !after.identity)
  )
}

/** The strongest requirement these strengths meet together: their ceiling. */
export function ceiling(strengths: readonly Strength[]): Requirement {
  return {
    distinctKinds: kindsOf(strengths).size >= 2 ? 2 : 1,
    phishingResistant: strengths.some((s) => s.phishingResistant),
    identity: strengths.reduce<Identity>(
      (best, s) => (rank(s.identity) > rank(best) ? s.identity : best),
      'none',
    ),
  }
}

/** `now` in milliseconds; `since` is when the running interaction began: what was proven within it is fresh. */
export interface Clock {
  now: number
  since?: number
}

/** The proofs a requirement lets count: of permitted factors, settled where it says so, not older than its `maxAge`. */
export function usable(proofs: readonly Proof[], requirement: Requirement, clock: Clock): Proof[] {
  const oldest = requirement.maxAge === undefined ? -Infinity : clock.now - requirement.maxAge * 1000
  const fresh = Math.min(oldest, clock.since ?? Infinity)
  return proofs.filter((p) => counts(requirement, p) && p.at >= fresh)
}

/** Whether these proofs meet the requirement now. */
export function satisfies(proofs: readonly Proof[], requirement: Requirement, clock: Clock): boolean {
  return closed(gap(strengths(usable(proofs, requirement, clock)), requirement))
}

/**
 * What these proofs are worth. The acr is the first of `requested` that holds, else the first of `levels`
 * in configured order that holds (OIDC Core 2, acr; amr values of RFC 8176).
 */
export function assess(
  proofs: readonly Proof[],
  levels: readonly Level[],
  requested: readonly Level[],
  clock: Clock,
): Assurance {
  const holds = (level: Level): boolean => satisfies(proofs, level.requirement, clock)
  const amr = new Set(proofs.flatMap((p) => p.strength.amr))
  if (kindsOf(strengths(proofs)).size >= 2) amr.add('mfa')
  return {
    acr: (requested.find(holds) ?? levels.find(holds))?.acr,
    amr: [...amr],
    authTime: Math.floor(Math.min(...proofs.map((p) => p.at)) / 1000),
  }
}

export const strengths = (of: readonly { strength: Strength }[]): Strength[] => of.map((one) => one.strength)

const kindsOf = (strengths: readonly Strength[]): Set<Kind> => new Set(strengths.flatMap((s) => s.kinds))
