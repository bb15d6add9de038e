import type { AuditEvent } from '../domain/audit-event.ts'
import type { FactorId } from '../domain/factor.ts'
import type { Machine } from '../domain/machine.ts'
import type { Trouble } from '../domain/trouble.ts'

/** Codes by which the service desk sees where somebody is stuck. */
export interface Helps {
  /** Keeps them for a day; a code that was given before means the newer one. */
  keep(troubles: readonly (Trouble & { code: string })[]): Promise<void>
  find(code: string): Promise<Trouble | undefined>
}

/** Computers that one person after the other uses. */
export interface Workplaces {
  /** A code that registers one computer under this name, once, until `expiresAt` (milliseconds); one that had the name is none any more. */
  invite(name: string, expiresAt: number, event: AuditEvent): Promise<string>
  /** The id of the workplace whose code this is; spends the code. */
  register(code: string, now: number, event: AuditEvent): Promise<string | undefined>
  isRegistered(id: string): Promise<boolean>
  all(): Promise<{ name: string; registeredAt?: number }[]>
  /** False: there is none of this name. */
  remove(name: string, event: AuditEvent): Promise<boolean>
}

/** A set-up that begins at one device and goes on at another, the phone. */
export interface Handover {
  id: string
  /** The interaction at the first device. */
  place: string
  accountId: string
  factor: FactorId
  begun: Machine & { clientId: string; network: string; at: number }
  /** The phone that has taken the code. */
  joined?: Machine
  /** The phone is through: the number it shows is to be typed at the first device. */
  finished: boolean
}

/** Codes and numbers are kept as keyed digests. `now` in milliseconds. */
export interface Handovers {
  /** Gives the code for the phone; what was begun at this place before is void. */
  begin(
    handover: Omit<Handover, 'id' | 'joined' | 'finished'>,
    expiresAt: number,
    event: AuditEvent,
  ): Promise<string>
  /** The first phone that brings the code has it; `phone` is a secret of its own. */
  join(
    code: string,
    phone: { secret: string; on: Machine },
    now: number,
    report: (accountId: string) => AuditEvent,
  ): Promise<boolean>
  atPlace(place: string, now: number): Promise<Handover | undefined>
  atPhone(secret: string, now: number): Promise<Handover | undefined>
  finish(id: string, number: string): Promise<void>
  /** Right once; `gone` after three wrong ones, too. */
  redeem(
    id: string,
    number: string,
    now: number,
    report: (outcome: 'wrong' | 'gone') => AuditEvent,
  ): Promise<'right' | 'wrong' | 'gone'>
  drop(id: string): Promise<void>
}
