import type { FactorId, Rejection } from './factor.ts'

/**
 * What is recorded for good. A closed union: ids, factor, outcome and reason; no names, codes, addresses or
 * attributes. Written in the same transaction as the change it reports.
 */
export type AuditEvent = { accountId?: string; clientId?: string; requestId?: string } & (
  | { event: 'factor.verified'; factor: FactorId; credentialId: string }
  | { event: 'factor.refused'; factor: FactorId; reason: Rejection | 'too_many_attempts'; hint?: string }
  | { event: 'factor.enrolled'; factor: FactorId; credentialId: string }
  | { event: 'factor.suspended'; factor: FactorId; credentialId: string; reason: string }
  | { event: 'prompt.skipped'; factor: FactorId; forGood: boolean }
  | { event: 'login.completed'; acr?: string; amr: string[] }
  | { event: 'login.refused'; reason: string }
  | { event: 'account.created'; by: 'cli' | 'import' | 'person' }
  | { event: 'account.locked' }
  | { event: 'account.unlocked' }
  | { event: 'attempts.pardoned' }
  | { event: 'grant.revoked'; reason: string }
  | { event: 'session.ended' }
  | { event: 'key.created'; kid: string }
)

export type AuditName = AuditEvent['event']
