import { z } from 'zod'
import type { Factor, Hint, Rejection, Show, Strength } from '../../domain/factor.ts'
import { codeIn, digestOf, makeCode, written } from './code.ts'

const STRENGTH: Strength = { kinds: ['possession'], amr: ['otp'], phishingResistant: false, identity: 'none' }
const COUNT = 10
const SALT_BYTES = 16

const digests = z.array(z.string().length(43)).max(COUNT)
const data = z.object({ salt: z.string().min(16), left: digests, used: digests })
const state = z.object({ codes: z.array(z.string()).length(COUNT) })
type Data = z.infer<typeof data>
type State = z.infer<typeof state>

export interface RecoveryCodesDeps {
  /** Key the digests, newest first; what an older one made still works. */
  keys: readonly Uint8Array[]
  random: (bytes: number) => Uint8Array
}

/** Codes on paper, for the day the phone is gone (NIST SP 800-63B-4, 3.1.2, look-up secrets): each works once. */
export function createRecoveryCodes({ keys, random }: RecoveryCodesDeps): Factor<Data, State | null> {
  const [newest] = keys
  if (!newest) throw new Error('the key ring is empty')
  return {
    id: 'recovery-codes',
    maxPerAccount: 1,
    identifies: false,
    enrollable: true,
    helpsOut: true,
    yields: STRENGTH,
    data,
    state: state.nullable(),
    remembers: (purpose) => purpose === 'enrol',

    async beginEnrolment() {
      const codes = new Set<string>()
      while (codes.size < COUNT) codes.add(makeCode(random))
      const remember = { codes: [...codes] }
      return { show: sheet(remember), remember }
    },

    async finishEnrolment(pending, { kept }) {
      if (!pending) return { ok: false, reason: 'expired' }
      if (kept !== 'on') return { ...wrong('malformed', 'not_kept', 'kept'), retry: pending }
      const salt = Buffer.from(random(SALT_BYTES)).toString('base64url')
      const left = pending.codes.map((code) => digestOf(code, salt, newest))
      return {
        ok: true,
        value: { data: { salt, left, used: [] }, label: 'recovery-codes', strength: STRENGTH },
      }
    },

    beginVerification: async () => ({ show: ENTRY, remember: null }),
    resume: (pending, purpose) => (purpose === 'enrol' && pending ? sheet(pending) : ENTRY),

    async finishVerification(_state, { code: typed = '' }, find) {
      const code = codeIn(typed)
      if (code === undefined) return wrong('malformed', typed.trim() === '' ? 'empty' : 'format')
      let replayed = false
      for (const credential of await find()) {
        const { salt, left, used } = credential.data
        const typedIn = keys.map((key) => digestOf(code, salt, key))
        const found = left.find((digest) => typedIn.includes(digest))
        replayed ||= used.some((digest) => typedIn.includes(digest))
        if (found === undefined) continue
        const rest = { salt, left: left.filter((digest) => digest !== found), used: [...used, found] }
        return { ok: true, value: { credential: { ...credential, data: rest }, strength: STRENGTH } }
      }
      return wrong(replayed ? 'replayed' : 'wrong', 'wrong')
    },

    describe: ({ left }) => ({ left: left.length, of: COUNT }),
  }
}

const ENTRY: Show = { as: 'page', view: 'factors/recovery-codes/verify', data: {} }

function sheet({ codes }: State): Show {
  const lines = codes.map(written)
  const file = { name: 'recovery-codes.txt', text: `${lines.join('\r\n')}\r\n` }
  return { as: 'page', view: 'factors/recovery-codes/enrol', data: { codes: lines, file } }
}

const wrong = (reason: Rejection, code: string, field = 'code') =>
  ({ ok: false, reason, hint: { code, field } satisfies Hint }) as const
