import type { FactorId, Rejection } from './factor.ts'
import type { Machine } from './machine.ts'

/**
 * What is recorded for good. A closed union: ids, factor, outcome and reason; no names, codes, addresses or
 * attributes. Written in the same transaction as the change it reports.
 */
export type AuditEvent = { accountId?: string; clientId?: string; requestId?: string } & (
  | { event: 'factor.verified'; factor: FactorId; credentialId: string }
  | { event: 'factor.refused'; factor: FactorId; reason: Rejection | 'too_many_attempts'; hint?: string }
  | { event: 'factor.enrolled'; factor: FactorId; credentialId: string }
  | { event: 'factor.replaced'; factor: FactorId; credentialId: string; before: string }
  | { event: 'factor.removed'; factor: FactorId; credentialId: string }
  | { event: 'factor.renamed'; factor: FactorId; credentialId: string }
  | { event: 'factor.suspended'; factor: FactorId; credentialId: string; reason: string }
  | { event: 'prompt.skipped'; factor: FactorId; forGood: boolean }
  | { event: 'login.completed'; acr?: string; amr: string[]; newOn?: Machine }
  | { event: 'login.refused'; reason: string }
  | { event: 'account.created'; by: 'cli' | 'import' | 'person' }
  | { event: 'account.locked' }
  | { event: 'account.unlocked' }
  | { event: 'attempts.pardoned' }
  | { event: 'grant.revoked'; reason: string }
  | { event: 'consent.given'; items: readonly string[] }
  | { event: 'session.ended' }
  | { event: 'session.others_ended' }
  | { event: 'key.created'; kid: string }
  | { event: 'key.retired'; kid: string; reason: 'expired' | 'asked' }
  | { event: 'secrets.resealed'; keyId: string; values: number }
)

export type AuditName = AuditEvent['event']
