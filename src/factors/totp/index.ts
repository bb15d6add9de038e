import { generateURI, ScureBase32Plugin } from 'otplib'
import QRCode from 'qrcode'
import { z } from 'zod'
import type { Account } from '../../domain/account.ts'
import type { Factor, Hint, Show, Strength } from '../../domain/factor.ts'
import { digitsOf } from './code.ts'
import { confirm } from './enrol.ts'
import { freeName, named } from './name.ts'
import { suits } from './suits.ts'
import { match, withUsed } from './verify.ts'

const STRENGTH: Strength = { kinds: ['possession'], amr: ['otp'], phishingResistant: false, identity: 'none' }
const SECRET_BYTES = 20 // 160 bits, RFC 4226 section 4, R6

const data = z.object({
  secret: z.string(),
  offset: z.number().int(),
  used: z.array(z.number().int()),
  last: z.tuple([z.number().int(), z.number().int()]),
})
const state = z.object({
  secret: z.string(),
  account: z.string(),
  label: z.string().default('TOTP'),
  failures: z.number().int(),
  candidate: z.object({ offset: z.number().int(), step: z.number().int() }).exactOptional(),
})
type Data = z.infer<typeof data>
type State = z.infer<typeof state>

export interface TotpDeps {
  /** Shown in the app beside the code; stands in the label, so that one phone can hold several accounts. */
  issuer: () => string
  /** How many an account may have. One has no name of its own and is replaced. */
  most: number
  now: () => number
  random: (bytes: number) => Uint8Array
}

/** Time-based codes from an app (RFC 6238). */
export function createTotp({ issuer, most, now, random }: TotpDeps): Factor<Data, State | null> {
  const enrolPage = async ({ secret, account }: State): Promise<Show> => {
    const uri = generateURI({
      issuer: withoutColon(issuer()),
      label: withoutColon(account),
      secret,
      period: 30,
      digits: 6,
      algorithm: 'sha1',
    })
    const qr = await QRCode.toString(uri, { type: 'svg', margin: 4, errorCorrectionLevel: 'M' })
    const key = secret.match(/.{1,4}/g) ?? []
    return { as: 'page', view: 'factors/totp/enrol', data: { qr, uri, issuer: issuer(), account, key } }
  }
  const verifyPage = (): Show => ({ as: 'page', view: 'factors/totp/verify', data: { issuer: issuer() } })

  return {
    id: 'totp',
    maxPerAccount: most,
    identifies: false,
    enrollable: true,
    yields: STRENGTH,
    data,
    state: state.nullable(),
    suits,
    portable: true,
    remembers: (purpose) => purpose === 'enrol',

    async beginEnrolment(account: Account, existing) {
      const label = freeName(most === 1 ? [] : existing.map((c) => c.label))
      const secret = new ScureBase32Plugin().encode(random(SECRET_BYTES), { padding: false })
      const remember: State = { secret, account: account.username, label, failures: 0 }
      return { show: await enrolPage(remember), remember }
    },

    async finishEnrolment(pending, answer) {
      if (!pending) return { ok: false, reason: 'expired' }
      const verdict = confirm(pending, answer.code ?? '', now())
      return verdict.ok
        ? { ok: true, value: { data: verdict.value, label: pending.label, strength: STRENGTH } }
        : verdict
    },

    ...(most > 1 ? { rename: named } : {}),

    beginVerification: async () => ({ show: verifyPage(), remember: null }),
    resume: async (pending, purpose) => (purpose === 'enrol' && pending ? enrolPage(pending) : verifyPage()),

    async finishVerification(_state, answer, find) {
      const typed = answer.code ?? ''
      const code = digitsOf(typed)
      if (code === undefined) return wrong('malformed', typed.trim() === '' ? 'empty' : 'format')
      let replayed = false
      for (const credential of await find()) {
        const step = match(credential.data, code, now())
        if (typeof step === 'number') {
          const used = { ...credential, data: withUsed(credential.data, step, now()) }
          return { ok: true, value: { credential: used, strength: STRENGTH } }
        }
        replayed ||= step === 'replayed'
      }
      return replayed ? wrong('replayed', 'replayed') : wrong('wrong', 'wrong')
    },
  }
}

/** In an otpauth address a colon parts issuer and name, even an escaped one. */
const withoutColon = (name: string): string => name.replaceAll(':', ' ')

const wrong = (reason: 'malformed' | 'replayed' | 'wrong', code: string) =>
  ({ ok: false, reason, hint: { code, field: 'code' } satisfies Hint }) as const
