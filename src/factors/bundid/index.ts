import { z } from 'zod'
import { NOTHING } from '../../domain/assurance.ts'
import type {
  Circumstances,
  Enrolled,
  Factor,
  FactorId,
  Find,
  Verdict,
  Verified,
} from '../../domain/factor.ts'
import {
  type AnswerDeps,
  attested,
  createAnswers,
  type Proven,
  rejected,
  type State,
  state,
} from './answers.ts'
import { alternatives, best, levelFor } from './meaning.ts'
import { serviceProviderMetadata } from './metadata.ts'
import { backOf, send } from './request.ts'
import { suits } from './suits.ts'

/** People are known by the external id, a digest; what is kept about them is what the operator asks for. */
const data = z.strictObject({ level: z.literal([1, 2, 3, 4]), attested: attested.optional() })
type Data = z.infer<typeof data>

export interface BundidDeps extends AnswerDeps {
  id: FactorId
  random: (bytes: number) => Uint8Array
}

/** BundID, or another account of its kind, by SAML 2.0 Web Browser SSO. */
export function createBundid({ id, random, ...deps }: BundidDeps): Factor<Data, State> {
  const { us, them, now } = deps
  const levels = them.dialect && Object.values(them.dialect.levels)
  const answered = createAnswers(deps)
  const token = (): string => Buffer.from(random(24)).toString('base64url')

  const begin = async ({ demand = NOTHING, language }: Circumstances = {}) => {
    const level = levelFor(demand, us.usernameMfa)
    const remember: State = { requests: `_${token()}.`, relayState: token(), level, since: now() }
    return { show: show(remember, language), remember }
  }
  /** A new request each time: identity providers refuse one that comes again, or late. */
  const show = ({ requests, relayState, level }: State, language = 'de') =>
    send({ id: requests + token(), relayState, level, language, now: now() }, us, them)

  return {
    id,
    maxPerAccount: 5,
    identifies: true,
    enrollable: true,
    renewable: true,
    yields: best(levels),
    alternatives: alternatives(levels, us.usernameMfa),
    data,
    state,
    remembers: () => true,
    ...(id === 'bundid' ? { suits } : {}),
    beginEnrolment: (_account, _existing, within) => begin(within),
    beginVerification: (_existing, within) => begin(within),
    resume: (pending, _purpose, language) => show(pending, language),

    async finishEnrolment(pending, answer) {
      const verdict = await answered(pending, answer)
      return verdict.ok ? { ok: true, value: enrolled(verdict.value) } : verdict
    },

    async finishVerification(pending, answer, find) {
      const verdict = await answered(pending, answer)
      return verdict.ok ? recognised(verdict.value, find) : verdict
    },

    attests: ({ attested }) =>
      attested && {
        attributes: attested.attributes,
        identity: attested.level === 4 ? 'high' : 'substantial',
        source: attested.source,
        at: attested.at,
      },

    callback: {
      path: new URL(us.consumer).pathname,
      back: new URL(backOf(us)).pathname,
      fields: ['SAMLResponse', 'RelayState', 'back'],
      ceremonyOf: ({ RelayState }) => RelayState,
    },
    documents: {
      [new URL('metadata', us.consumer).pathname]: () => ({
        type: 'application/samlmetadata+xml',
        body: serviceProviderMetadata(us),
      }),
    },
  }
}

const enrolled = ({ externalId, level, strength, attested }: Proven): Enrolled<Data> => ({
  data: { level, ...(attested ? { attested } : {}) },
  externalId,
  label: externalId.slice(0, 8),
  strength,
})

/** A day; what has not changed is not written at every login. */
const RECENT = 24 * 3600_000

/**
 * The credential rises to the highest level it was ever used with; the proof is worth what was shown now. What was
 * attested at a higher level is not replaced by less.
 */
async function recognised(proven: Proven, find: Find<Data>): Promise<Verdict<Verified<Data>, State>> {
  const { externalId, level, strength, attested: said } = proven
  const [credential] = await find(externalId)
  if (!credential) return { ...rejected('unknown_credential', 'unknown'), stranger: enrolled(proven) }
  const { level: before, attested: known } = credential.data
  const newer = said && said.level >= (known?.level ?? 0) && differs(said, known) ? said : known
  const better =
    level > before || (level === before && strength.kinds.length > credential.strength.kinds.length)
  if (!better && newer === known) return { ok: true, value: { credential, strength } }
  const data = { level: level > before ? level : before, ...(newer ? { attested: newer } : {}) }
  const raised = { ...credential, data, strength: better ? strength : credential.strength }
  return { ok: true, value: { credential: raised, strength } }
}

const differs = (said: NonNullable<Data['attested']>, known: Data['attested']): boolean =>
  !known ||
  said.at - known.at > RECENT ||
  said.level > known.level ||
  JSON.stringify(said.attributes) !== JSON.stringify(known.attributes)
