import type { Account } from './account.ts'
import type { Requirement } from './assurance.ts'
import type { Ground } from './binding.ts'
import type { Circumstance, Fit } from './fit.ts'
import type { Attributes } from './personal.ts'

/** What a factor rests on (NIST SP 800-63B: something you know, have, are). */
export type Kind = 'knowledge' | 'possession' | 'inherence'

/** How well a person's identity was proven, after BSI TR-03107-1; `none` says nothing of identity. */
export type Identity = 'none' | 'low' | 'substantial' | 'high'

/** What one successful verification is worth. Only `assess` turns this into an acr. `amr` holds RFC 8176 values. */
export interface Strength {
  kinds: Kind[]
  amr: string[]
  phishingResistant: boolean
  identity: Identity
}

/** Stored on credentials; never renamed, never reused. */
export type FactorId = string

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

type View = `factors/${string}`

/**
 * What the browser must be shown; the host renders or redirects, a factor never touches HTTP. `ready` is part of the page
 * before another site: what people need there.
 */
export type Show =
  | { as: 'page'; view: View; data: { [key: string]: Json } }
  | { as: 'redirect'; url: string; ready?: View }
  | { as: 'post'; action: string; fields: Record<string, string>; ready?: View }

/** `remember` is kept server-side, sealed, for ten minutes; it never reaches the browser. */
export interface Challenge<State> {
  show: Show
  remember: State
}

/** Fields of one submitted form: strings only, bounded in number and size by the host. */
export type Answer = Readonly<Record<string, string>>

export type Rejection =
  | 'wrong'
  | 'malformed'
  | 'replayed'
  | 'expired'
  | 'unknown_credential'
  | 'cancelled'
  | 'not_permitted'

/**
 * A wrong code is a value, not an exception; exceptions mean a bug or an outage.
 * `hint` names a more exact message (`<factor>.err.<code>`) with its parameters and the field it belongs to.
 * `retry` is the state under which the same challenge may be answered again; without it the challenge is spent.
 * `stranger` is what would be set up for somebody who is proven, and whom no account here knows.
 * `suspend` names a credential that must not be used again (a signature counter that went backwards).
 */
export type Verdict<T, State> =
  | { ok: true; value: T }
  | {
      ok: false
      reason: Rejection
      hint?: Hint
      retry?: State
      suspend?: string
      stranger?: Enrolled<unknown>
    }

/** `cause` is for the audit alone: what exactly was wrong, where people need no more than one sentence. */
export interface Hint {
  code: string
  cause?: string
  params?: Record<string, string | number>
  field?: string
}

/** One enrolled instance of a factor. `data` belongs to the factor alone and is sealed at rest. */
export interface Credential<Data = unknown> {
  id: string
  accountId: string
  factor: FactorId
  /** Unique per factor over all accounts, where the factor has such a name (a WebAuthn credential id, a bPK2). */
  externalId?: string
  label: string
  strength: Strength
  data: Data
  /** Raised by each write; a write names the version it read, so that of two parallel uses one wins. */
  version: number
  suspended: boolean
  /** What it was bound on, where that was not firm. */
  ground?: Ground
  /** Milliseconds since 1970. */
  createdAt: number
  lastUsedAt?: number
}

/** What a finished enrolment hands to the host to store. */
export interface Enrolled<Data> {
  data: Data
  externalId?: string
  label: string
  strength: Strength
}

/** The same, with the ground it is bound on, where that is not firm; the host's to know. */
export type Bound = Enrolled<unknown> & { ground?: Ground }

/**
 * A finished verification: the credential with its new data (last TOTP step, signature counter), as a new object; the
 * very object that `find` gave where nothing has changed.
 */
export interface Verified<Data> {
  credential: Credential<Data>
  strength: Strength
}

/** What an authority says of a person; `at` in milliseconds. */
export interface Attestation {
  attributes: Attributes
  identity: Exclude<Identity, 'none'>
  /** The authority's own name. */
  source: string
  at: number
}

/** Scoped by the host: to one account, or to `externalId` when nobody is identified yet. */
export type Find<Data> = (externalId?: string) => Promise<Credential<Data>[]>

/** A schema; zod's types fit. Throws on anything that does not conform. */
export interface Parser<T> {
  parse(raw: unknown): T
}

/** In what a ceremony begins. */
export interface Circumstances {
  /** What the step is to lead to, for factors that have to ask for it elsewhere. */
  demand?: Requirement | undefined
  /** That of the page. */
  language?: string | undefined
  /** Others use this computer, too: nothing may be left on it. */
  shared?: boolean | undefined
}

/** One way to prove something. Data in, data out: no HTTP, no SQL, no clock of its own, no other factor. */
export interface Factor<Data = unknown, State = unknown> {
  id: FactorId
  maxPerAccount: number
  /** May begin a login before any account is known. */
  identifies: boolean
  /** May be set up by the person during a login. */
  enrollable: boolean
  /** The one an account has may be set up anew in its place, though no login asks for it (a password). */
  replaceable?: boolean
  /** Helps out once and is spent (recovery codes): not among the factors that an account must never be without. */
  helpsOut?: boolean
  /** Setting up what this account has already renews it: proven elsewhere, it may have become worth more. */
  renewable?: boolean
  /** The best it can give; lets `decide` plan without running it. */
  yields: Strength
  /** What else one verification may be worth, where people choose the means elsewhere. */
  alternatives?: readonly Strength[]
  /** Parsed on every read and write. */
  data: Parser<Data>
  state: Parser<State>
  /** Whether this kind of ceremony has a state to keep; without one nothing is stored and `state` is null. */
  remembers(purpose: Purpose): boolean
  beginEnrolment(
    account: Account,
    existing: Credential<Data>[],
    within?: Circumstances,
  ): Promise<Challenge<State>>
  finishEnrolment(state: State, answer: Answer): Promise<Verdict<Enrolled<Data>, State>>
  beginVerification(existing: Credential<Data>[], within?: Circumstances): Promise<Challenge<State>>
  finishVerification(state: State, answer: Answer, find: Find<Data>): Promise<Verdict<Verified<Data>, State>>
  /** Shows a challenge that was begun before again, unchanged: a reload must not make a new secret. */
  resume(state: State, purpose: Purpose, language?: string): Show | Promise<Show>
  /** What a page may tell of a credential beside its name: facts, the words for them are the page's. */
  describe?(data: Data): { [key: string]: Json }
  /** Personal data that an authority vouches for. */
  attests?(data: Data): Attestation | undefined
  /** May be set up at another device than that of the login: nothing but the person's own device is needed. */
  portable?: boolean
  /** How well it fits a person. Who says so has lists of what it needs, too: `views/factors/<id>/needs.eta`. */
  suits?(person: Circumstance): Fit
  /**
   * Where the answer comes from another site, posted to `path`: the fields it consists of, and which ceremony it belongs
   * to (SAML RelayState). Who turned back there comes to `back`, which adds the field `back`. `ceremonyOf` reads the same name from what was sent out.
   */
  callback?: {
    path: string
    back: string
    fields: readonly string[]
    ceremonyOf(answer: Answer): string | undefined
  }
  /** Where credentials have names of their own: the name as it is stored, or what is wrong with it; `others` are taken. */
  rename?(typed: string, others: readonly string[]): string | Hint
  /** What a browser may be told, so that it offers no credential that is gone (WebAuthn L3, 5.1.10.3). */
  accepted?(account: Account, existing: Credential<Data>[]): { [key: string]: Json }
  /** Public documents of the factor (SAML metadata, WebAuthn related origins), by path. */
  documents?: Record<string, () => { type: string; body: string }>
}

export type Purpose = 'enrol' | 'verify'
