import type { Self } from '../../oidc/self.ts'
import type { Access } from '../consent.ts'
import type { SelfDeps, SelfHandler, SelfVisit } from '../self-visit.ts'

export interface AccountDeps extends SelfDeps {
  self: Self
  /** Whether people may delete their accounts themselves, and after how many days. */
  deletion: { selfService: boolean; coolingOffDays: number }
  /** What an application may have of an account, by what the person has agreed to. */
  access: (clientId: string, consented: readonly string[]) => Access
}

export type Handler = SelfHandler
export type Visit = SelfVisit
