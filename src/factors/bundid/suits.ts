import type { Circumstance, Fit } from '../../domain/fit.ts'

/** The card and its PIN; a phone reads it, else a reader does. */
export function suits({ card, phone }: Circumstance): Fit {
  if (card === false) return { able: false, why: 'card' }
  if (card === undefined) return { able: true, ease: 1, why: 'unknown' }
  return phone === false ? { able: true, ease: 1, why: 'reader' } : { able: true, ease: 2, why: 'phone' }
}
