import type { AuditEvent } from '../domain/audit-event.ts'
import type { Credential, FactorId, Hint, Rejection } from '../domain/factor.ts'
import type { Passage } from './passage.ts'

/** The audit events of one answer, with what they have in common filled in. */
export function reporter(passage: Passage, factor: FactorId, accountId: string | undefined) {
  const { client, requestId } = passage.interaction
  const common = { clientId: client.clientId, requestId, ...(accountId ? { accountId } : {}) }
  return {
    verified: (credentialId: string): AuditEvent => ({
      ...common,
      event: 'factor.verified',
      factor,
      credentialId,
    }),
    enrolled: (credentialId: string): AuditEvent => ({
      ...common,
      event: 'factor.enrolled',
      factor,
      credentialId,
    }),
    replaced: (credentialId: string, before: readonly Credential[]): AuditEvent => ({
      ...common,
      event: 'factor.replaced',
      factor,
      credentialId,
      before: before.map(({ id }) => id).join(' '),
    }),
    suspended: (credentialId: string, reason: string): AuditEvent => ({
      ...common,
      event: 'factor.suspended',
      factor,
      credentialId,
      reason,
    }),
    refused: (reason: Rejection | 'too_many_attempts', hint?: Hint): AuditEvent => ({
      ...common,
      event: 'factor.refused',
      factor,
      reason,
      ...(hint ? { hint: hint.cause ?? hint.code } : {}),
    }),
  }
}
