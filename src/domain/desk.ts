import { hasTwoKinds, lasting } from './binding.ts'
import type { Held, Offerable } from './step.ts'

/** The service desk: staff who help people set up what they sign in with, and can do no more than that. */
export interface Desk {
  /** The customer group of its officers. */
  group: string
  /** Groups of accounts that they may make. */
  groups: readonly string[]
  /** Names of registered sites: there are its officers, and nowhere else. */
  sites: readonly string[]
  /** Whether a code is typed in the network of its site alone; else also where no site is registered (a phone's own data). */
  siteNetworkOnly: boolean
  /** For how long a code works. */
  minutes: number
  /** That of one in a letter; absent: there are none. */
  letterDays?: number
  /** What one officer may do in an hour. */
  codesPerHour: number
  searchesPerHour: number
  /** Seconds. */
  idle: number
  absolute: number
}

/**
 * What one access code is good for: to set up the first factor; in the place of factors that are lost; the password of
 * an account that has nothing yet.
 */
export type AccessPurpose = 'first_factor' | 'replace' | 'password'

/** What an officer has looked at; never its number. `handover`: is looked at when a prepared sheet is handed over. */
export const DOCUMENTS = ['identity_card', 'passport', 'residence_permit', 'refugee_document'] as const
export type Document = (typeof DOCUMENTS)[number] | 'handover'

/** Why something is to be replaced. */
export const REASONS = ['lost', 'stolen', 'broken', 'forgotten'] as const
export type Reason = (typeof REASONS)[number] | 'first_time'

/** Why a typed code is not accepted. */
export type AccessRefusal =
  | 'gone'
  | 'used'
  | 'tries'
  | 'late'
  | 'wrong'
  | 'suspended'
  | 'site'
  | 'purpose'
  | 'too_many_attempts'

/** Why an officer is not let do something. */
export type DeskRefusal =
  | 'not_staff'
  | 'no_site'
  | 'suspended'
  | 'own_account'
  | 'same_officer'
  | 'not_possible'
  | 'too_many_codes'
  | 'too_many_searches'

/** What a code may be for, as the account stands. With two kinds set up, nothing but the loss of one calls for help. */
export function purposesFor(
  credentials: readonly Held[],
  factors: readonly Offerable[],
): readonly AccessPurpose[] {
  if (lasting(credentials, factors).length === 0) return ['password']
  return hasTwoKinds(credentials, factors) ? ['replace'] : ['first_factor', 'replace']
}
