import type { Requirement } from '../domain/assurance.ts'
import type { Factor, FactorId } from '../domain/factor.ts'
import type { Policy } from '../domain/policy.ts'
import type { Demanding } from '../domain/removal.ts'
import type { Stores } from './ports.ts'

/** What a journey is made of; time and configuration arrive as functions so that both can change while running. */
export interface Deps {
  stores: Stores
  /** Registered factors in the order in which they are offered. */
  factors: ReadonlyMap<FactorId, Factor>
  /** The policy in force now. */
  policy: () => Policy
  /** The clients at which people sign in, as they are configured now. */
  clients: () => readonly Demanding[]
  /** Seconds after which a session ends however much it is used (NIST SP 800-63B-4, 5.2). */
  sessionAbsolute: number
  /** Milliseconds since 1970. */
  now: () => number
}

/** What a relying party always demands, and by which name policy knows it. */
export interface Relying {
  clientId: string
  requirement?: Requirement
}

/** What one authorization request asks for (OIDC Core 3.1.2.1). */
export interface Asked {
  /** Any of these acr values will do; empty: none asked for. */
  acrValues: readonly string[]
  /** The request insists: if none of `acrValues` is known here, it fails. */
  essential: boolean
  /** Seconds. */
  maxAge?: number
  /** `prompt=login`: only what is proven within this interaction counts. */
  reauthenticate: boolean
  /** False under `prompt=none`. */
  interactive: boolean
  /** The account pages alone ask for these: a fresh proof of the most the account can prove; a factor to set up. */
  confirm?: boolean
  wanted?: FactorId
}
