import type { AccessPurpose, AccessRefusal, DeskRefusal, Document, Reason } from './desk.ts'
import type { FactorId, Rejection } from './factor.ts'
import type { Machine } from './machine.ts'
import type { Stage } from './policy.ts'

/**
 * What is recorded for good. A closed union: ids, factor, outcome and reason; no names, codes, addresses or
 * attributes. Written in the same transaction as the change it reports.
 */
export type AuditEvent = { accountId?: string; clientId?: string; requestId?: string } & (
  | { event: 'factor.verified'; factor: FactorId; credentialId: string }
  | { event: 'factor.refused'; factor: FactorId; reason: Rejection | 'too_many_attempts'; hint?: string }
  | { event: 'factor.enrolled'; factor: FactorId; credentialId: string }
  /** `before`: ids, with a blank between. */
  | { event: 'factor.replaced'; factor: FactorId; credentialId: string; before: string }
  | { event: 'factor.removed'; factor: FactorId; credentialId: string }
  | { event: 'factor.renamed'; factor: FactorId; credentialId: string }
  | { event: 'factor.suspended'; factor: FactorId; credentialId: string; reason: string }
  | { event: 'prompt.skipped'; factor: FactorId; forGood: boolean }
  | { event: 'login.completed'; acr?: string; amr: string[]; on: Machine; newOn?: Machine }
  | { event: 'login.refused'; reason: string }
  | { event: 'account.created'; by: 'cli' | 'import' | 'person' | 'desk'; officer?: string; site?: string }
  | { event: 'account.locked' }
  | { event: 'account.unlocked' }
  | { event: 'account.frozen' }
  | { event: 'account.language_changed' }
  | { event: 'account.email_changed' }
  | { event: 'account.deletion_asked'; due: number }
  | { event: 'account.deletion_taken_back' }
  | { event: 'account.erased'; by: 'person' | 'cli' }
  | { event: 'attempts.pardoned' }
  | { event: 'grant.revoked'; reason: string }
  | { event: 'token.exchanged'; api: string }
  | { event: 'consent.given'; items: readonly string[] }
  | { event: 'registration.opened'; profile: string }
  | { event: 'client.registered' }
  | { event: 'client.removed' }
  | { event: 'consent.withdrawn' }
  | { event: 'data.disclosed' }
  | { event: 'session.ended' }
  | { event: 'session.others_ended' }
  | { event: 'session.all_ended'; sessions: number }
  | { event: 'code.mailed'; purpose: CodePurpose }
  | { event: 'code.redeemed'; purpose: CodePurpose }
  | { event: 'code.refused'; purpose: CodePurpose; reason: 'wrong' | 'gone' | 'too_many_attempts' }
  | { event: 'registration.known' }
  | { event: 'phone.invited'; factor: FactorId }
  | { event: 'phone.joined' }
  | { event: 'phone.refused'; factor: FactorId; reason: 'wrong' | 'gone' }
  | ({ event: 'workplace.invited'; workplace: string } & Partial<AtDesk>)
  | { event: 'workplace.registered' }
  | { event: 'workplace.removed'; workplace: string }
  | ({ event: 'desk.opened' } & AtDesk)
  | ({ event: 'desk.confirmed' } & AtDesk)
  | ({ event: 'desk.asked'; purpose: AccessPurpose; document: Document; reason: Reason } & AtDesk)
  | ({ event: 'desk.issued'; purpose: AccessPurpose; document: Document; reason: Reason } & AtDesk & Issued)
  | ({ event: 'desk.refused'; reason: DeskRefusal } & Partial<AtDesk>)
  | { event: 'desk.redeemed'; purpose: AccessPurpose; officer: string; second?: string; site: string }
  | { event: 'desk.missed'; reason: AccessRefusal; site?: string }
  | { event: 'key.created'; kid: string }
  | { event: 'key.retired'; kid: string; reason: 'expired' | 'asked' }
  | { event: 'secrets.resealed'; keyId: string; values: number }
  /** Rows from before an instant (milliseconds), and how many there were. */
  | { event: 'audit.removed'; until: number; rows: number }
  | { event: 'policy.braked'; rule: string; by: string; stage: Stage; enrolled: number; stuck: number }
)

/** Who acts at the desk, and where: an account id, and the name of a site. */
interface AtDesk {
  officer: string
  site: string
}

interface Issued {
  /** Who has approved it. */
  second?: string
  letter: boolean
}

/** What a code in a mail is to confirm: before the first factor, before a new password, a new account, a new address. */
export type CodePurpose = 'first_factor' | 'reset' | 'register' | 'email'

export type AuditName = AuditEvent['event']
