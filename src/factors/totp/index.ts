import { ScureBase32Plugin } from 'otplib'
import { z } from 'zod'
import type { Factor, Hint, Rejection, Verdict } from '../../domain/factor.ts'
import { readCode } from './code.ts'
import { confirm, type Enrolling, STRENGTH } from './enrolment.ts'
import { setUpPage } from './set-up.ts'
import { FARTHEST, present, type TotpData } from './spending.ts'

export { type TotpData, unused } from './spending.ts'

export interface TotpDeps {
  /** The name under which apps list the entry; asked each time, so that a live reload counts. */
  issuer: () => string
  /** Milliseconds since 1970. */
  now: () => number
  random: (bytes: number) => Uint8Array
}

/** RFC 4226, 4, R6: 160 bits are recommended. */
const SECRET_BYTES = 20

const step = z.number().int().nonnegative()
const offset = z.number().int().min(-FARTHEST).max(FARTHEST)
const secret = z.string().regex(/^[A-Z2-7]{26,128}$/)

const data = z.object({
  secret,
  clocks: z.array(z.object({ offset, last: step })).length(2),
  used: z.array(step).max(64),
})

const state = z
  .object({ secret, username: z.string(), seen: z.object({ step, offset }).optional(), wrong: step })
  .nullable()

const base32 = new ScureBase32Plugin()

/** Codes of an authenticator app (RFC 6238). The state of a set-up holds the secret; a login has nothing to keep. */
export function createTotp({ issuer, now, random }: TotpDeps): Factor<TotpData, Enrolling | null> {
  const codePage = () => ({ as: 'page', view: 'totp/verify', data: { issuer: issuer() } }) as const
  return {
    id: 'totp',
    maxPerAccount: 1,
    identifies: false,
    enrollable: true,
    yields: STRENGTH,
    data,
    state,
    remembers: (purpose) => purpose === 'enrol',
    async beginEnrolment({ username }) {
      const secret = base32.encode(random(SECRET_BYTES))
      return { show: setUpPage(issuer(), username, secret), remember: { secret, username, wrong: 0 } }
    },
    async finishEnrolment(state, answer) {
      if (!state) return { ok: false, reason: 'expired' }
      const read = readCode(answer.code)
      return 'code' in read
        ? confirm(state, read.code, now())
        : { ...refused('malformed', read.problem), retry: state }
    },
    beginVerification: async () => ({ show: codePage(), remember: null }),
    resume: (state) => (state ? setUpPage(issuer(), state.username, state.secret) : codePage()),
    async finishVerification(_state, answer, find) {
      const read = readCode(answer.code)
      if (!('code' in read)) return refused('malformed', read.problem)
      const [credential] = await find()
      if (!credential) return { ok: false, reason: 'unknown_credential' }
      const presented = present(credential.data, read.code, now())
      if (presented.ok)
        return {
          ok: true,
          value: { credential: { ...credential, data: presented.data }, strength: STRENGTH },
        }
      if (presented.reason === 'replayed') return refused('replayed', 'used')
      return refused('wrong', answer.again ? 'clock' : 'bad')
    },
  }
}

const refused = (reason: Rejection, code: Hint['code']) =>
  ({ ok: false, reason, hint: { code, field: 'code' } }) satisfies Verdict<never, never>
