import { z } from 'zod'
import { AppError } from '../../domain/errors.ts'
import type { Factor, Strength, Verdict } from '../../domain/factor.ts'
import type { Hasher } from './hasher.ts'
import { SUPPORTED } from './schemes.ts'

export { createHasher, type Hasher, type HasherOptions } from './hasher.ts'

/** `phc`: a PHC string of one of the supported schemes. */
export interface PasswordData {
  phc: string
}

const STRENGTH: Strength = { kinds: ['knowledge'], amr: ['pwd'], phishingResistant: false, identity: 'none' }

const PAGE = { as: 'page', view: 'password/identify', data: {} } as const

/**
 * User name and password. An unknown name, an account without password and a wrong password take the same time and
 * give the same verdict. The exception: an imported hash costs what its own scheme costs until its owner has signed
 * in once. It is never set up during a login.
 */
export function createPassword(hasher: Hasher): Factor<PasswordData, null> {
  return {
    id: 'password',
    maxPerAccount: 1,
    identifies: true,
    enrollable: false,
    yields: STRENGTH,
    data: z.object({ phc: z.string().max(512).regex(SUPPORTED) }),
    state: z.null(),
    remembers: () => false,
    beginEnrolment: async () => {
      throw new AppError('not_permitted_now')
    },
    finishEnrolment: async () => ({ ok: false, reason: 'not_permitted' }),
    beginVerification: async () => ({ show: PAGE, remember: null }),
    resume: () => PAGE,
    async finishVerification(_state, { identifier, password }, find) {
      if (identifier?.trim() === '') return missing('identifier', 'id_missing')
      if (!password) return missing('password', 'pw_missing')
      const [credential] = await find()
      const phc = await hasher.check(credential?.data.phc, password)
      if (!credential || !phc) return { ok: false, reason: 'wrong', hint: { code: 'wrong' } }
      return { ok: true, value: { credential: { ...credential, data: { phc } }, strength: STRENGTH } }
    },
  }
}

const missing = (field: string, code: string): Verdict<never, null> => ({
  ok: false,
  reason: 'malformed',
  hint: { code, field },
})
