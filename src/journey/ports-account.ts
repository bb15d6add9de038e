import type { AuditEvent } from '../domain/audit-event.ts'

/** Accounts that are to be erased at their owners' wish. Instants in milliseconds. */
export interface Deletions {
  /** All sessions of the account end at `at`. */
  ask(accountId: string, at: number, dueAt: number, event: AuditEvent): Promise<void>
  /** False: nobody asked. */
  takeBack(accountId: string, event: AuditEvent): Promise<boolean>
  /** Accounts whose time has come, at most `most`. */
  due(now: number, most: number): Promise<string[]>
  /**
   * Erases an account with everything stored of it but its audit rows, which name nobody, and tells its applications
   * and its address. With `dueBy` only where its deletion is due by then. False: it was not, or there is no such account.
   */
  erase(accountId: string, event: AuditEvent, dueBy?: number): Promise<boolean>
}

/** Codes in notices with which an owner can lock the account, and nothing else. */
export interface Freezes {
  /** The code of a letter; the same each time. */
  codeFor(letter: { id: string; accountId: string }): Promise<string>
  /** Locks the account a code belongs to, and voids all its codes. False: it is none, or locked already. */
  redeem(code: string, at: number, event: AuditEvent): Promise<boolean>
}
