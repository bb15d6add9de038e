import type { AuditEvent } from '../domain/audit-event.ts'
import type { AccessPurpose, AccessRefusal, Document, Reason } from '../domain/desk.ts'
import type { FactorId } from '../domain/factor.ts'

/** What an officer gives out, or asks another one to approve. */
export interface AccessCode {
  accountId: string
  purpose: AccessPurpose
  /** What it stands in for. */
  lost: readonly FactorId[]
  /** Where it was given out. */
  site: string
  letter: boolean
  document: Document
  reason: Reason
  officer: string
  /** Who has approved it. */
  second?: string
  /** Milliseconds. */
  expiresAt: number
}

/** Codes of the service desk, one for each account: a new one takes the place of what there was. */
export interface AccessCodes {
  /** Makes the code, which is shown once: eight signs of which none is mistaken for another. */
  issue(code: AccessCode, event: AuditEvent): Promise<string>
  /** Waits for a second officer, until `expiresAt`. */
  ask(code: AccessCode, event: AuditEvent): Promise<void>
  /** What waits for a second officer. */
  asked(accountId: string, now: number): Promise<AccessCode | undefined>
  /** Makes the code that was asked for by somebody else. Undefined: nothing waits any more. */
  approve(
    accountId: string,
    by: { second: string; now: number; expiresAt: number },
    event: AuditEvent,
  ): Promise<string | undefined>
  /**
   * Counts a try before it looks; right once, for one of parallel requests, five tries at most. `judge` has the last word
   * on a code that is right. Codes of officers who are locked since, or gone, are void. `now` in milliseconds.
   */
  redeem(
    accountId: string,
    typed: string,
    now: number,
    judge: (code: AccessCode) => AccessRefusal | undefined,
    report: (outcome: AccessOutcome) => AuditEvent,
  ): Promise<AccessOutcome>
}

export type AccessOutcome = { right: AccessCode } | { refused: AccessRefusal }
