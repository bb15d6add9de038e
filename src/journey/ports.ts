import type { Account } from '../domain/account.ts'
import type { Proof } from '../domain/assurance.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { Held } from '../domain/decide.ts'
import type { Credential, Enrolled, FactorId } from '../domain/factor.ts'
import type { Machine } from '../domain/machine.ts'
import type { KeyTimes, NewKey } from '../domain/signing-keys.ts'

/**
 * What a journey needs from the outside; `store` implements it. Methods that change something take the audit
 * event that reports the change and write both in one transaction, or neither. All throw
 * `AppError('store_unavailable')` when the store cannot be reached.
 */
export interface Stores {
  accounts: Accounts
  credentials: Credentials
  dismissals: Dismissals
  audit: Audit
  ephemeral: Ephemeral
  attempts: Attempts
  tokens: Tokens
  consumed: Consumed
  consents: Consents
  keys: Keys
  outbox: Outbox
  sessions: Sessions
}

export interface Accounts {
  byId(id: string): Promise<Account | undefined>
  /** By user name or e-mail, in the form `loginName` gives. */
  byLogin(name: string): Promise<Account | undefined>
  /** Creates the account with its password credential; `taken` where a login name or customer number is in use. */
  create(
    account: NewAccount,
    password: Enrolled<unknown> | undefined,
    event: AuditEvent,
  ): Promise<string | 'taken'>
  /** Creates an account that begins with a credential. False, and nothing written, where somebody else has either. */
  found(
    account: NewAccount & { id: string },
    credential: { id: string; factor: FactorId; enrolled: Enrolled<unknown> },
    events: readonly AuditEvent[],
  ): Promise<boolean>
  /** Locking also ends all refresh tokens. Returns false where nothing changed. */
  setLocked(id: string, locked: boolean, event: AuditEvent): Promise<boolean>
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
   * `replaced` goes in the same transaction, and other sessions end.
   */
  enrol(
    id: string,
    accountId: string,
    factor: FactorId,
    enrolled: Enrolled<unknown>,
    max: number,
    event: AuditEvent,
    replaced?: { id: string; ends: Ends },
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

/** Where a credential goes, all sessions of the account end but `keep`, with their grants and refresh tokens. */
export interface Ends {
  keep: string | undefined
  /** Milliseconds. */
  at: number
}

/** „Diese Seite nicht mehr anzeigen.“: belongs to one prompt (a factor's set-up page) and one policy epoch. */
export interface Dismissals {
  of(accountId: string, epoch: string): Promise<FactorId[]>
  add(accountId: string, epoch: string, factor: FactorId, event: AuditEvent): Promise<void>
}

/** Insert-only. For events that accompany no other change. */
export interface Audit {
  append(event: AuditEvent): Promise<void>
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
export interface Attempts {
  /** Seconds to wait: 0 where the attempt is allowed (and now counted), Infinity where only `clear` helps. */
  spend(limit: Limit, key: string, where: 'durable' | 'fast'): Promise<number>
  /** Takes one attempt back: it was a success, and only failures are to count. */
  refund(limit: Limit, key: string, where: 'durable' | 'fast'): Promise<void>
  clear(limits: readonly Limit[], key: string): Promise<void>
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

export interface Keys {
  /** A secret of the provider that outlives every key of the ring; made on first use, by one instance only. */
  secret(name: string, make: () => string): Promise<string>
  /** All signing keys, oldest first. Those that `missing` names are made before, by one instance only. */
  signing(
    missing: (stored: SigningKey[]) => NewKey[],
    make: (key: NewKey) => Promise<SigningKey>,
  ): Promise<SigningKey[]>
  /** Deletes a signing key; false where there is none of that name. */
  retire(kid: string, reason: 'expired' | 'asked'): Promise<boolean>
  /** Throws where a value may be sealed with a key that the ring lacks, or holds otherwise. */
  fits(): Promise<void>
  /** Seals everything anew with the first key of the ring; the others are then needed no more. */
  reseal(): Promise<Resealed>
}

/** Values that were sealed anew, and those that other instances have sealed with an older key meanwhile. */
export interface Resealed {
  done: number
  left: number
}

/** A private JWK. */
export interface SigningKey extends KeyTimes {
  jwk: Record<string, unknown>
}

/** What one person has shown within one interaction (by `cid`), or within one session (by `uid`). */
export interface Evidence {
  accountId: string
  proofs: Proof[]
}

/**
 * Notices to the owners of accounts. The store writes a letter by itself, in the transaction of the audit row of what
 * it reports; without an e-mail address there is none.
 */
export interface Outbox {
  /** At most `most` letters that are due, oldest first; nobody else gets them for two minutes. */
  claim(most: number): Promise<Letter[]>
  sent(id: string): Promise<void>
  later(id: string, seconds: number): Promise<void>
}

export interface Letter {
  id: string
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

/** Where an account is signed in. Durable: an end must not be forgotten with the short-lived store. */
export interface Sessions {
  /** Notes that a session is in use; `lifetime` in seconds. */
  seen(session: Omit<SessionRow, 'createdAt' | 'endedAt'>, lifetime: number): Promise<void>
  /** Until when what a session has proven counts no longer (milliseconds); undefined where it was never ended. */
  endedAt(uid: string): Promise<number | undefined>
  /** Those of an account that have not expired, ended ones too, last used first; a hundred at most. */
  ofAccount(accountId: string): Promise<SessionRow[]>
  /** Ends one session and the grants and refresh tokens that came from it. False: it is not this account's. */
  end(accountId: string, uid: string, at: number, event: AuditEvent): Promise<boolean>
  /** Ends all sessions, grants and refresh tokens of an account, but those of session `keep`. */
  endOthers(accountId: string, ends: Ends, event: AuditEvent): Promise<void>
}

export interface SessionRow extends Machine {
  uid: string
  accountId: string
  createdAt: number
  lastSeenAt: number
  endedAt?: number
}
