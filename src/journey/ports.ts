import type { Account } from '../domain/account.ts'
import type { Proof } from '../domain/assurance.ts'
import type { AuditEvent, AuditName } from '../domain/audit-event.ts'
import type { Held } from '../domain/decide.ts'
import type { Bound, Credential, Enrolled, FactorId } from '../domain/factor.ts'
import type { Deletions, Freezes } from './ports-account.ts'
import type { AccessCodes } from './ports-desk.ts'
import type { Keys } from './ports-keys.ts'
import type { MailedCodes, Outbox } from './ports-mail.ts'
import type { Rollouts } from './ports-rollouts.ts'
import type { Connections, Ends, Logouts, Sessions } from './ports-sessions.ts'

export type * from './ports-account.ts'
export type * from './ports-desk.ts'
export type * from './ports-keys.ts'
export type * from './ports-mail.ts'
export * from './ports-rollouts.ts'
export type * from './ports-sessions.ts'

/**
 * What a journey needs from the outside; `store` implements it. Methods that change something take the audit
 * event that reports the change and write both in one transaction, or neither. All throw
 * `AppError('store_unavailable')` when the store cannot be reached.
 */
export interface Stores {
  accessCodes: AccessCodes
  accounts: Accounts
  credentials: Credentials
  dismissals: Dismissals
  audit: Audit
  connections: Connections
  ephemeral: Ephemeral
  attempts: Attempts
  tokens: Tokens
  consumed: Consumed
  deletions: Deletions
  freezes: Freezes
  consents: Consents
  keys: Keys
  logouts: Logouts
  outbox: Outbox
  registrations: Registrations
  mailedCodes: MailedCodes
  rollouts: Rollouts
  sessions: Sessions
}

export interface Own {
  account: Account
  credentials: Credential[]
}

export interface Accounts {
  byId(id: string): Promise<Account | undefined>
  /** By user name or e-mail, in the form `loginName` gives. */
  byLogin(name: string): Promise<Account | undefined>
  /** The same with all credentials of the account, as `Credentials.ofAccount` gives them, in one question. */
  withCredentials(of: { id: string } | { login: string }): Promise<Own | undefined>
  byCustomerNumber(number: string): Promise<Account | undefined>
  /** Creates the account with its password credential; `taken` where a login name or customer number is in use. */
  create(
    account: NewAccount,
    password: Enrolled<unknown> | undefined,
    event: AuditEvent,
  ): Promise<string | 'taken'>
  /** Creates an account that begins with a credential. False, and nothing written, where somebody else has either. */
  createWith(
    account: NewAccount & { id: string },
    credential: { id: string; factor: FactorId; enrolled: Enrolled<unknown> },
    events: readonly AuditEvent[],
  ): Promise<boolean>
  /** Gives the account another, verified address, and tells both; `taken` where another account signs in by it. */
  setEmail(id: string, email: string, event: AuditEvent): Promise<'changed' | 'unknown' | 'taken'>
  /** The number the person has claimed is theirs from now on; false where another account has it, or none was claimed. */
  confirmNumber(id: string, event: AuditEvent): Promise<boolean>
  /** The language of mails. */
  setLocale(id: string, locale: string, event: AuditEvent): Promise<void>
  /** Locking also ends all sessions and refresh tokens. Returns false where nothing changed. */
  setLocked(id: string, locked: boolean, at: number, event: AuditEvent): Promise<boolean>
}

export type NewAccount = Omit<Account, 'id' | 'locked' | 'createdAt'> & { id?: string }

export interface Credentials {
  /** All credentials of an account, suspended ones too, oldest first. */
  ofAccount(accountId: string): Promise<Credential[]>
  byExternalId(factor: FactorId, externalId: string): Promise<Credential | undefined>
  /**
   * Stores a new credential. `limit`: the account has `max` of this factor already; `duplicate`: the external id
   * is known, or the account has another credential of this factor with this label. Safe under parallel requests:
   * the account's row is locked while counting. `id` is the caller's to make, so that the event can name it.
   * What is `replaced` goes in the same transaction, and other sessions end.
   */
  enrol(
    id: string,
    accountId: string,
    factor: FactorId,
    enrolled: Bound,
    max: number,
    event: AuditEvent,
    replaced?: { ids: readonly string[]; ends: Ends },
  ): Promise<{ ok: true; credential: Credential } | { ok: false; reason: 'limit' | 'duplicate' }>
  /** Writes `data` and the time of use where `version` is still the one read. False: another use was first. */
  use(credential: Credential, at: number, event: AuditEvent): Promise<boolean>
  /** Writes the time of use alone. False: the credential is gone or suspended. */
  touch(credential: Credential, at: number, event: AuditEvent): Promise<boolean>
  suspend(id: string, event: AuditEvent): Promise<boolean>
  /**
   * Removes a credential of this account where `check`, given all its credentials, says that it may go. The account's
   * row is locked meanwhile: of two removals at once the second is judged by what the first has left.
   * With it go all other sessions. `unknown`: the account has no such credential; `needed`: `check` said no.
   */
  remove(
    id: string,
    accountId: string,
    check: (credentials: readonly Held[]) => boolean,
    event: AuditEvent,
    ends: Ends,
  ): Promise<'removed' | 'unknown' | 'needed'>
  /** `taken`: the account has another credential of this factor with this label. */
  rename(
    id: string,
    accountId: string,
    label: string,
    event: AuditEvent,
  ): Promise<'renamed' | 'unknown' | 'taken'>
}

/** „Diese Seite nicht mehr anzeigen.“: belongs to one prompt (a factor's set-up page) and one policy epoch. */
export interface Dismissals {
  of(accountId: string, epoch: string): Promise<FactorId[]>
  add(accountId: string, epoch: string, factor: FactorId, event: AuditEvent): Promise<void>
  /** In all epochs. */
  ofAccount(accountId: string): Promise<{ epoch: string; factor: FactorId }[]>
}

/** Insert-only. */
export interface Audit {
  /** For events that accompany no other change. */
  append(event: AuditEvent): Promise<void>
  /** Of one account, newest first, at most `most`, only rows older than `before` where that is given. */
  ofAccount(accountId: string, most: number, before?: string): Promise<AuditRow[]>
}

/** `id` is a number too large for one. */
export interface AuditRow {
  id: string
  /** Milliseconds since 1970. */
  at: number
  event: AuditName
  clientId?: string
  data: Record<string, unknown>
}

/**
 * Short-lived state: interactions, codes, sessions, ceremonies, evidence. In Redis where there is one, else in
 * PostgreSQL. Values are strings; expired ones are never returned. `value` of `replace` is the value that was read.
 */
export interface Ephemeral {
  get(keys: readonly string[]): Promise<(string | undefined)[]>
  put(key: string, value: string, ttlSeconds: number): Promise<void>
  /** Only where the key is free. False: it was taken. */
  create(key: string, value: string, ttlSeconds: number): Promise<boolean>
  /** Compare and set, keeping the time to live; `next` null deletes. False: another request was first. */
  replace(key: string, value: string, next: string | null): Promise<boolean>
  delete(keys: readonly string[]): Promise<void>
}

/** A limit on attempts: `points` in `seconds`; `seconds` 0 never forgets by itself. */
export interface Limit {
  name: string
  points: number
  seconds: number
}

/**
 * Counts attempts before they are made, so that parallel requests cannot outrun a limit.
 * `durable` counters live in PostgreSQL: losing Redis must not forget a guess at a credential.
 */
export interface Counter {
  limit: Limit
  key: string
}

export interface Attempts {
  /** Seconds to wait: 0 where the attempt is allowed (and now counted), Infinity where only `clear` helps. */
  spend(limit: Limit, key: string, where: 'durable' | 'fast'): Promise<number>
  /** Takes one attempt back: it was a success, and only failures are to count. */
  refund(limit: Limit, key: string, where: 'durable' | 'fast'): Promise<void>
  clear(counters: readonly Counter[], where: 'durable' | 'fast'): Promise<void>
  /** Clears the durable counters of every key that begins with one of `subjects` and a colon. False: none counted. */
  pardon(limits: readonly Limit[], subjects: readonly string[], event: AuditEvent): Promise<boolean>
}

/** Grants and refresh tokens: durable. `id` is never stored as it is, only its SHA-256; payloads are sealed. */
export interface Tokens {
  find(
    model: DurableModel,
    id: string,
  ): Promise<{ payload: Record<string, unknown>; consumed?: number } | undefined>
  upsert(model: DurableModel, id: string, payload: Record<string, unknown>, ttlSeconds: number): Promise<void>
  /** Only where there is none of this id that is still valid: true for exactly one caller. */
  create(
    model: DurableModel,
    id: string,
    payload: Record<string, unknown>,
    ttlSeconds: number,
  ): Promise<boolean>
  /** Atomic: true for exactly one caller. */
  consume(model: DurableModel, id: string): Promise<boolean>
  destroy(model: DurableModel, id: string): Promise<void>
  /** What is stored for an account and not expired, without what it is worth. */
  ofAccount(accountId: string): Promise<{ model: string; clientId?: string; expiresAt: number }[]>
  /** Ends a grant and every refresh token under it. */
  revokeGrant(grantId: string, event: AuditEvent): Promise<void>
}

export type DurableModel =
  | 'Grant'
  | 'RefreshToken'
  | 'InitialAccessToken'
  | 'RegistrationAccessToken'
  | 'ReplayDetection'

/** What may be used once, and must be remembered although Redis is lost: a SAML assertion. */
export interface Consumed {
  /** True for exactly one caller; `until` (milliseconds) is when the thing is refused for its age alone. */
  once(purpose: string, id: string, until: number): Promise<boolean>
}

/** What a person has agreed to let an application have: scopes and APIs. */
export interface Consents {
  of(accountId: string, clientId: string): Promise<string[]>
  /** Adds to what was agreed to before. */
  give(accountId: string, clientId: string, items: readonly string[], event: AuditEvent): Promise<void>
}

/** Applications that registered themselves, as JSON can hold them; sealed, for their secrets. */
export interface Registrations {
  find(clientId: string): Promise<object | undefined>
  /** Spends the initial access token with it. False: it was spent before, or is none. */
  add(clientId: string, client: object, token: string, event: AuditEvent): Promise<boolean>
  /** Oldest first. */
  all(): Promise<object[]>
  /** With its tokens and what people agreed to. False: there is none. */
  remove(clientId: string, event: AuditEvent): Promise<boolean>
}

/** What one person has shown within one interaction (by `cid`), or within one session (by `uid`). */
export interface Evidence extends OnShared {
  accountId: string
  proofs: Proof[]
}

/** „Diesen Computer nutzen auch andere Personen.“: nothing is remembered on it, and nothing is left open for long. */
export interface OnShared {
  shared?: boolean
  /** Milliseconds; kept where it is shared. */
  seenAt?: number
}
