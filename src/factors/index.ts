import { randomBytes } from 'node:crypto'
import type { Factor, FactorId } from '../domain/factor.ts'
import { type BundidDeps, createBundid } from './bundid/index.ts'
import { createPassword, type PasswordDeps } from './password/index.ts'
import { createRecoveryCodes, type RecoveryCodesDeps } from './recovery-codes/index.ts'
import { createTotp, type TotpDeps } from './totp/index.ts'
import { createWebauthn, type WebauthnDeps } from './webauthn/index.ts'

/** What the factors are configured with; read anew each time where it may change while running. */
export interface FactorDeps {
  password: PasswordDeps
  totp: Omit<TotpDeps, 'now' | 'random'>
  passkeys: Omit<WebauthnDeps, 'now' | 'random'>
  recoveryCodes: Omit<RecoveryCodesDeps, 'random'>
  now: () => number
  /** BundID and accounts of its kind. */
  federations: readonly Omit<BundidDeps, 'now' | 'random'>[]
}

/** THE LIST, in the order in which factors are offered. A further factor is one line here. */
export function createFactors({
  password,
  totp,
  passkeys,
  recoveryCodes,
  now,
  federations,
}: FactorDeps): ReadonlyMap<FactorId, Factor> {
  const list = [
    createPassword(password),
    createWebauthn({ ...passkeys, now, random: randomBytes }),
    createTotp({ ...totp, now, random: randomBytes }),
    ...federations.map((one) => createBundid({ ...one, now, random: randomBytes })),
    createRecoveryCodes({ ...recoveryCodes, random: randomBytes }),
  ] as Factor[]
  return new Map(list.map((factor) => [factor.id, factor]))
}
