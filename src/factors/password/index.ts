import { z } from 'zod'
import { AppError } from '../../domain/errors.ts'
import type {
  Answer,
  Credential,
  Factor,
  Hint,
  Show,
  Strength,
  Verdict,
  Verified,
} from '../../domain/factor.ts'
import { type Hasher, isKnownHash } from './hash.ts'
import { contextWords, passwordProblem } from './rules.ts'

export const PASSWORD_STRENGTH: Strength = {
  kinds: ['knowledge'],
  amr: ['pwd'],
  phishingResistant: false,
  identity: 'none',
}

/** The stored form: a hash in PHC string format. */
const data = z.object({ phc: z.string().max(512).refine(isKnownHash) })
type Data = z.infer<typeof data>

/** A change under way. */
const state = z.object({ words: z.array(z.string()), username: z.string(), least: z.number() })
type State = z.infer<typeof state> | null

export interface PasswordDeps {
  hasher: Hasher
  /** Fewest characters of a new one: beside a second factor, and where nobody demands one. */
  least: number
  leastAlone: number
  /** The name people know the service by: no password to be. */
  service: () => string
}

/** What an account's password credential is made of. */
export const passwordCredential = (phc: string) => ({
  data: { phc },
  label: 'password',
  strength: PASSWORD_STRENGTH,
})

/**
 * User name or e-mail and password: the first step of most logins. An unknown name and a wrong password take the same
 * time; the exception is an imported hash, which costs what its own scheme costs until its owner has signed in once.
 */
export function createPassword({ hasher, least, leastAlone, service }: PasswordDeps): Factor<Data, State> {
  // Hashed once, to be checked where there is no account: both cases cost the same.
  const nobody = hasher.hash('nobody')
  nobody.catch(() => {})
  const showChanging = ({ username, least }: NonNullable<State>): Show => ({
    as: 'page',
    view: 'factors/password/enrol',
    data: { least, username },
  })

  return {
    id: 'password',
    maxPerAccount: 1,
    identifies: true,
    enrollable: false,
    replaceable: true,
    yields: PASSWORD_STRENGTH,
    data,
    state: state.nullable(),
    remembers: (purpose) => purpose === 'enrol',

    async beginEnrolment(account, _existing, { demand } = {}) {
      const remember = {
        words: contextWords(account, service()),
        username: account.username,
        least: demand?.distinctKinds === 2 ? least : leastAlone,
      }
      return { show: showChanging(remember), remember }
    },

    async finishEnrolment(pending, { password = '' }) {
      if (!pending) return { ok: false, reason: 'expired' }
      const hint = await passwordProblem(password, pending.least, pending.words)
      if (hint) return { ok: false, reason: 'malformed', hint, retry: pending }
      return { ok: true, value: passwordCredential(await hasher.hash(password)) }
    },

    beginVerification: async () => ({ show, remember: null }),
    resume: (pending, purpose) => (purpose === 'enrol' && pending ? showChanging(pending) : show),

    async finishVerification(_state, answer, find): Promise<Verdict<Verified<Data>, State>> {
      const missing = whatIsMissing(answer)
      if (missing) return { ok: false, reason: 'malformed', hint: missing }
      const [[credential], decoy] = await Promise.all([find(), nobody])
      const phc = credential?.data.phc ?? decoy
      const right = await hasher.verify(phc, answer.password ?? '')
      if (!right || !credential)
        return { ok: false, reason: 'wrong', hint: { code: 'wrong', field: 'identifier' } }
      return {
        ok: true,
        value: { credential: await renewed(credential, answer, hasher), strength: PASSWORD_STRENGTH },
      }
    },
  }
}

const show = { as: 'page', view: 'factors/password/verify', data: {} } as const

/** The page leaves `identifier` out where the account is known already: nobody is asked for a name twice. */
function whatIsMissing({ identifier, password = '' }: Answer): Hint | undefined {
  if (identifier?.trim() === '') return { code: 'id_missing', field: 'identifier' }
  return password === '' ? { code: 'pw_missing', field: 'password' } : undefined
}

/**
 * A hash of weaker parameters or another scheme is replaced while the password is at hand; next time, where the queue
 * is full just now: that must not fail a right password.
 */
async function renewed(
  credential: Credential<Data>,
  answer: Answer,
  hasher: Hasher,
): Promise<Credential<Data>> {
  if (!hasher.isOutdated(credential.data.phc)) return credential
  try {
    return { ...credential, data: { phc: await hasher.hash(answer.password ?? '') } }
  } catch (error) {
    if (error instanceof AppError && error.code === 'busy') return credential
    throw error
  }
}
