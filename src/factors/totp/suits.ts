import type { Circumstance, Fit } from '../../domain/fit.ts'

/** A phone, however old; else an app at one's own computer, or a device that one takes along. */
export function suits({ phone, shared }: Circumstance): Fit {
  if (phone === false) return { able: true, ease: shared ? 0 : 1, why: shared ? 'key' : 'computer' }
  return { able: true, ease: 2, why: 'phone' }
}
