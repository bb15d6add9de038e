import type { FactorId } from '../domain/factor.ts'
import type { Rejected } from '../journey/answer.ts'
import type { PageError } from './page.ts'

/** A rejected answer as a message at a field: the exact one where the factor gives a hint. */
export function errorOf(
  factor: FactorId,
  { reason, hint, wait }: Pick<Rejected, 'reason' | 'hint' | 'wait'>,
): PageError {
  if (reason === 'too_many_attempts') {
    return wait === undefined || !Number.isFinite(wait)
      ? { key: 'factor.err.blocked' }
      : { key: 'factor.err.wait', params: { minutes: Math.ceil(wait / 60) } }
  }
  const { code = reason, params, field } = hint ?? {}
  return {
    key: `${factor}.err.${code}`,
    fallback: `factor.err.${code}`,
    ...(params ? { params } : {}),
    ...(field ? { field } : {}),
  }
}
