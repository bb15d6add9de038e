import type { AuditEvent } from '../domain/audit-event.ts'
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
