import type { AuditEvent } from '../domain/audit-event.ts'
import type { Machine } from '../domain/machine.ts'

/** Where an account is signed in. Durable: an end must not be forgotten with the short-lived store. */
export interface Sessions {
  /** Notes that a session is in use, and at which application; `lifetime` in seconds. */
  seen(
    session: Omit<SessionRow, 'createdAt' | 'endedAt'>,
    lifetime: number,
    application?: { clientId: string; sid: string },
  ): Promise<void>
  /** Until when what a session has proven counts no longer (milliseconds); undefined where it was never ended. */
  endedAt(uid: string): Promise<number | undefined>
  /** Those of an account that have not expired, ended ones too, last used first; a hundred at most. */
  ofAccount(accountId: string): Promise<SessionRow[]>
  /** Ends one session, tells its applications, and ends the grants and refresh tokens that came from it. False: it is not this account's. */
  end(accountId: string, uid: string, at: number, event: AuditEvent): Promise<boolean>
  /** Ends all sessions, grants and refresh tokens of an account, but those of session `keep`; applications are told. */
  endOthers(accountId: string, ends: Ends, event: AuditEvent): Promise<void>
  /**
   * Ends whatever anybody is signed in by: sessions, grants, refresh tokens, codes told by mail. Applications are told.
   * Resolves to the number of sessions.
   */
  endAll(at: number): Promise<number>
}

export interface SessionRow extends Machine {
  uid: string
  accountId: string
  createdAt: number
  lastSeenAt: number
  endedAt?: number
}

/** Where a credential goes, all sessions of the account end but `keep`, as by `Sessions.endOthers`. */
export interface Ends {
  keep: string | undefined
  /** Milliseconds. */
  at: number
}

/**
 * Applications that are still to be told of a session's end. The store puts a row here by itself, in the transaction
 * in which a session ends.
 */
export interface Logouts {
  /** For a logout that begins elsewhere. */
  add(logout: Omit<Logout, 'id' | 'tries'>): Promise<void>
  /** At most `most` that are due, longest due first; nobody else gets them for half a minute. */
  claim(most: number): Promise<Logout[]>
  done(id: string): Promise<void>
  later(id: string, seconds: number): Promise<void>
}

export interface Logout {
  id: string
  accountId: string
  clientId: string
  /** Under which name the application knows the session. */
  sid: string
  /** How often it was claimed, this time included. */
  tries: number
}

/** At which applications an account has been signed in. */
export interface Connections {
  /** Last used first. */
  ofAccount(accountId: string): Promise<Connection[]>
  /**
   * Ends everything an application has of an account: what was agreed to, grants, refresh tokens, and its sessions,
   * of which it is told. False: it had nothing.
   */
  withdraw(accountId: string, clientId: string, event: AuditEvent): Promise<boolean>
}

export interface Connection {
  clientId: string
  /** Milliseconds since 1970; `lastUsedAt` is when a person last came by here on the way there. */
  since: number
  lastUsedAt: number
  /** Scopes and APIs the person was asked for; empty where nobody was. */
  consented: string[]
}
