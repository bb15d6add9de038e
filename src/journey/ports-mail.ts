import type { AuditEvent, CodePurpose } from '../domain/audit-event.ts'

export type { CodePurpose }

/**
 * Notices to the owners of accounts. The store writes a letter by itself, in the transaction of the audit row of what
 * it reports; without an e-mail address there is none.
 */
export interface Outbox {
  /** At most `most` letters that are due, oldest first; nobody else gets them for two minutes. */
  claim(most: number): Promise<Letter[]>
  sent(id: string): Promise<void>
  later(id: string, seconds: number): Promise<void>
  /** How many wait, and for how long (seconds) the oldest has. */
  backlog(): Promise<{ letters: number; oldest: number }>
}

/** What a code is good for: one purpose, one holder, one place where it is typed, and nothing else. */
export interface MailedFor {
  purpose: CodePurpose
  /** An account id; a digest of the address where there is no account (`subjectNamed`). */
  holder: string
  /** The interaction (`cid`) or session that asked. */
  place: string
}

/**
 * Codes that people read in a mail and type: eight digits, of which a keyed digest is kept. `journey/mailed-code.ts` is
 * the way to use them: it knows the limits and the lifetime.
 */
export interface MailedCodes {
  /**
   * Makes a new code, in the place of an earlier one, and writes the mail that tells it: both or neither. Without `to`
   * nobody is told: where there is no account the same is done, so that the time says nothing.
   */
  send(
    code: MailedFor & {
      /** An account's own address, or another one; `locale` where that differs from the account's, or there is none. */
      to?: { accountId?: string; address?: string; locale?: string }
      /** Milliseconds. */
      expiresAt: number
    },
    event: AuditEvent,
  ): Promise<void>
  /**
   * Counts a try before it looks; right once, for one of parallel requests. `gone`: none is open, or it was tried five
   * times. `now` in milliseconds. The event that reports the outcome is written with it.
   */
  redeem(
    bound: MailedFor,
    typed: string,
    now: number,
    report: (outcome: CodeOutcome) => AuditEvent,
  ): Promise<CodeOutcome>
}

export type CodeOutcome = 'right' | 'wrong' | 'gone'

export interface Letter {
  id: string
  /** Absent where it goes to an address without account. */
  accountId?: string
  /** Name and data of the audit event that it reports. */
  event: string
  data: Record<string, unknown>
  /** When that was; milliseconds. */
  at: number
  to: string
  /** BCP 47 language of the account. */
  locale: string
  /** How often it was claimed, this time included. */
  tries: number
}
