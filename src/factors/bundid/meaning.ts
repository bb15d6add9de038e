import type { Requirement } from '../../domain/assurance.ts'
import type { Identity, Strength } from '../../domain/factor.ts'

/** `STORK-QAA-Level-n`, the names BundID gives to BSI TR-03107-1's levels; 1 is below all of them. */
export type Level = 1 | 2 | 3 | 4

/** The means of BundID that are known here; an unknown one is refused. */
export const MEANS = ['eID', 'Elster', 'eIDAS', 'FINK', 'Benutzername'] as const
/** `other`: whatever another identity provider asks for. */
export type Means = (typeof MEANS)[number] | 'other'

const IDENTITY: Record<Level, Identity> = { 1: 'none', 2: 'low', 3: 'substantial', 4: 'high' }

/** RFC 8176: card and PIN; certificate file and its password; two kinds of which no more is said. */
const AMR: Record<Means, string[]> = {
  eID: ['sc', 'pin'],
  Elster: ['swk', 'pin'],
  eIDAS: ['mfa'],
  FINK: ['mfa'],
  Benutzername: ['pwd'],
  other: ['mfa'],
}

/** Nobody gets more from a means than it can give, whatever level the answer names. */
const HIGHEST: Record<Means, Level> = { eID: 4, Elster: 3, eIDAS: 4, FINK: 4, Benutzername: 1, other: 4 }

export const levelOf = (written: string): Level | undefined => {
  const [, digit] = /^STORK-QAA-Level-([1-4])$/.exec(written) ?? []
  return digit === undefined ? undefined : (Number(digit) as Level)
}

export const nameOf = (level: Level): string => `STORK-QAA-Level-${level}`

export const capped = (means: Means, level: Level): Level => Math.min(level, HIGHEST[means]) as Level

/**
 * What a login is worth. From „substanziell“ on the means rests on two kinds (BSI TR-03107-1); the way back through
 * the browser is not bound to our origin by any of them: none counts as phishing-resistant here.
 */
export function strengthOf(means: Means, level: Level, twoKinds = false): Strength {
  const identity = IDENTITY[level]
  if (level < 3 && twoKinds) return { ...USERNAME_MFA, identity }
  return level >= 3
    ? { kinds: ['possession', 'knowledge'], amr: AMR[means], phishingResistant: false, identity }
    : { kinds: ['knowledge'], amr: ['pwd'], phishingResistant: false, identity }
}

/** User name and a second factor there (interface description 6.2.10): two kinds, and nothing of identity. */
const USERNAME_MFA: Strength = {
  kinds: ['possession', 'knowledge'],
  amr: ['pwd', 'mfa'],
  phishingResistant: false,
  identity: 'none',
}

/** Every strength with two kinds; what they are worth beyond that the level says. */
export function alternatives(levels: readonly Level[] | undefined, usernameMfa = false): Strength[] {
  if (levels) return levels.filter((level) => level >= 3).map((level) => strengthOf('other', level))
  const known = meansFor(3).map((means) => strengthOf(means, HIGHEST[means]))
  return usernameMfa ? [...known, USERNAME_MFA] : known
}

/** The best there is. */
export const best = (levels: readonly Level[] | undefined): Strength =>
  levels ? strengthOf('other', Math.max(...levels) as Level) : strengthOf('eID', 4)

/**
 * The least level to ask for. Where two kinds are demanded it is „substanziell“: below that BundID is one kind only,
 * and none of its means is documented to give level 2. Where the operator takes a user name with a second factor, it is
 * the lowest: what is one kind only then goes on with a factor of ours.
 */
export function levelFor({ identity, distinctKinds }: Requirement, usernameMfa = false): Level {
  if (identity === 'high') return 4
  return identity === 'none' && (distinctKinds === 1 || usernameMfa) ? 1 : 3
}

/** The means to offer: those that can reach the level. */
export function meansFor(level: Level): (typeof MEANS)[number][] {
  return MEANS.filter((means) => HIGHEST[means] >= level)
}
