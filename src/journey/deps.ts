import type { Desk } from '../domain/desk.ts'
import type { Factor, FactorId } from '../domain/factor.ts'
import type { Policy } from '../domain/policy.ts'
import type { Demanding } from '../domain/removal.ts'
import type { Stores } from './ports.ts'

export type { Asked, Relying } from '../domain/facts.ts'

/** What a journey is made of; time and configuration arrive as functions so that both can change while running. */
export interface Deps {
  stores: Stores
  /** Registered factors in the order in which they are offered. */
  factors: ReadonlyMap<FactorId, Factor>
  /** The group in which people may create an account by this factor; undefined: they may not. */
  newcomers: (factor: FactorId) => string | undefined
  /** The policy in force now. */
  policy: () => Policy
  /** The clients at which people sign in, as they are configured now. */
  clients: () => readonly Demanding[]
  /** Whether mails are sent here: without, nobody can be sent a code. */
  mails: boolean
  /** People may make accounts for themselves, in this group; undefined: nobody may. */
  registration: () => { group: string } | undefined
  /** The service desk; undefined: there is none. */
  desk?: Desk
  /** Seconds a session lives without use. */
  sessionIdle: number
  /** Seconds after which a session ends however much it is used (NIST SP 800-63B-4, 5.2). */
  sessionAbsolute: number
  /** Milliseconds since 1970. */
  now: () => number
}
