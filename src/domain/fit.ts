import type { FactorId } from './factor.ts'

/** What a person has answered and a browser has shown; what is not known is left out. */
export interface Circumstance {
  /** A phone with apps of their own. */
  phone?: boolean
  /** An ID card with active online function and its PIN, or an ELSTER certificate. */
  card?: boolean
  /** Signs in at computers that others use, too. */
  shared?: boolean
  /** Whether scripts run in this browser. */
  scripts?: boolean
  /** Whether this browser knows passkeys: keeps them itself, takes them from a phone or key, or neither. */
  passkeys?: 'here' | 'elsewhere' | 'none'
}

/**
 * How well a way to sign in fits: the easier the higher; 0 needs something bought for it, such as a key. `why` is the key
 * of a sentence.
 */
export type Fit = { able: true; ease: 0 | 1 | 2 | 3; why: string } | { able: false; why: string }

export interface Ranked {
  id: FactorId
  fit?: Fit
  /** Fits best, and not badly. */
  best: boolean
}

/**
 * The offered ways, the fitting ones first; equals and those of which nothing is known stay in the order in which they
 * are offered, what is impossible comes last.
 */
export function rank(
  offer: readonly FactorId[],
  suits: (id: FactorId, person: Circumstance) => Fit | undefined,
  person: Circumstance,
): Ranked[] {
  const known = Object.values(person).some((value) => value !== undefined)
  if (!known) return offer.map((id) => ({ id, best: false }))
  const judged = offer.map((id) => ({ id, fit: suits(id, person) }))
  const place = ({ fit }: (typeof judged)[number]): number => (fit ? (fit.able ? fit.ease : -2) : -1)
  const sorted = judged.toSorted((a, b) => place(b) - place(a))
  return sorted.map(({ id, fit }, i) => ({
    id,
    ...(fit ? { fit } : {}),
    best: i === 0 && fit?.able === true && fit.ease >= 2,
  }))
}
