import type { Circumstance, Fit } from '../../domain/fit.ts'

/** A device of one's own that knows passkeys; else a key that one takes along. */
export function suits({ phone, shared, scripts, passkeys }: Circumstance): Fit {
  if (scripts === false) return { able: false, why: 'scripts' }
  if (passkeys === 'none') return { able: false, why: 'browser' }
  if (shared) return phone ? { able: true, ease: 1, why: 'phone' } : { able: true, ease: 0, why: 'key' }
  if (phone || passkeys === 'here') return { able: true, ease: 3, why: 'own' }
  return { able: true, ease: 0, why: 'key' }
}
