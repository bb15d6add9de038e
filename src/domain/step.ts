import type { Assurance, Clock, Level, Proof, Requirement, Unsettled } from './assurance.ts'
import type { Signal } from './binding.ts'
import type { FactorId, Strength } from './factor.ts'

/**
 * What happens next. Pages and the gate in front of every token ask the same question and get this answer. `toward` is
 * what the step is to lead to, for factors that ask for a level elsewhere.
 */
export type Step =
  | { kind: 'identify'; offer: FactorId[]; toward: Requirement }
  | { kind: 'verify'; offer: FactorId[]; toward: Requirement }
  | { kind: 'enrol'; offer: FactorId[]; skippable: boolean; toward: Requirement }
  /** Something else than the password must show who it is before a first factor is set up. */
  | { kind: 'vouch'; by: Signal; before: FactorId[]; skippable: boolean }
  | { kind: 'done'; assurance: Assurance }
  | { kind: 'refuse'; error: RefusalError; why: Refusal; until?: number }

export type RefusalError =
  | 'login_required'
  | 'interaction_required'
  | 'unmet_authentication_requirements'
  | 'access_denied'

export type Refusal =
  | 'account_locked'
  | 'silent'
  | 'unknown_acr'
  | 'no_factor_reaches_it'
  | 'strongest_is_suspended'
  | 'not_settled'

/** Why no set-up is offered. */
export type Withheld =
  | 'nothing_offered'
  | 'silent'
  | 'satisfied'
  | 'no_factor_reaches_it'
  | 'skipped'
  | 'unproven'

/** A registered factor as `decide` needs to know it. */
export interface Offerable {
  id: FactorId
  identifies: boolean
  enrollable: boolean
  yields: Strength
  maxPerAccount: number
  helpsOut?: boolean
  replaceable?: boolean
}

/** A credential of the account. A suspended one proves nothing, yet still has to be outweighed before enrolment. */
export interface Held {
  id: string
  factor: FactorId
  strength: Strength
  suspended: boolean
  unsettled?: Unsettled
}

export interface Facts extends Clock {
  /** The account that proofs and session speak of; absent before anybody is identified. */
  account?: { locked: boolean }
  /** Proofs of this account whose credentials still exist. With `prompt=login`, only those of this interaction. */
  proofs: readonly Proof[]
  credentials: readonly Held[]
  factors: readonly Offerable[]
  levels: readonly Level[]
  /** What policy and client demand, joined. */
  required: Requirement
  /** What policy offers at present; set-up for it can be skipped. */
  offered?: Requirement
  /** acr values the request asks for, any of which will do; empty where it asks for none. */
  asked: readonly Level[]
  /** The request insists on acr values none of which is configured here. */
  unknownAcr: boolean
  /** False under `prompt=none`. */
  interactive: boolean
  /** Proofs older than this (milliseconds) do not let a person bind a new credential. */
  enrolSince: number
  /** Set-up pages passed over in this interaction, or dismissed for good in this policy epoch. */
  skipped: readonly FactorId[]
  /** A factor the person would like to set up besides, though nothing asks for it; or anew in the place of its only one. */
  wanted?: FactorId
  /** The person is about to change the account: the most it can prove must have been proven since `enrolSince`. */
  confirm?: boolean
  /** What must come before the first factor of this account; absent where it has come, or nothing must. */
  signal?: Signal
  /** A code has shown who it is in the place of these factors, which are to be set up anew. */
  lost?: readonly FactorId[]
}
