import { z } from 'zod'
import { NOTHING, type Requirement } from '../../domain/assurance.ts'
import type { Factor, Find, Verdict, Verified } from '../../domain/factor.ts'
import { type AnswerDeps, createAnswers, type Proven, rejected, type State, state } from './answers.ts'
import { ALTERNATIVES, levelFor, strengthOf } from './meaning.ts'
import { serviceProviderMetadata } from './metadata.ts'
import { send } from './request.ts'

/** Nothing about the person is kept: they are known by the external id, a digest. */
const data = z.strictObject({ level: z.literal([1, 2, 3, 4]) })
type Data = z.infer<typeof data>

export interface BundidDeps extends AnswerDeps {
  random: (bytes: number) => Uint8Array
}

/** BundID, or another account of its kind, by SAML 2.0 Web Browser SSO. */
export function createBundid({ random, ...deps }: BundidDeps): Factor<Data, State> {
  const { us, them, now } = deps
  const answered = createAnswers(deps)
  const token = (): string => Buffer.from(random(24)).toString('base64url')

  const begin = async (demand: Requirement) => {
    const level = levelFor(demand)
    const remember: State = { requests: `_${token()}.`, relayState: token(), level, since: now() }
    return { show: show(remember), remember }
  }
  /** A new request each time: identity providers refuse one that comes again, or late. */
  const show = ({ requests, relayState, level }: State) =>
    send({ id: requests + token(), relayState, level, now: now() }, us, them)

  return {
    id: 'bundid',
    maxPerAccount: 5,
    identifies: true,
    enrollable: true,
    renewable: true,
    yields: strengthOf('eID', 4),
    alternatives: ALTERNATIVES,
    data,
    state,
    remembers: () => true,
    beginEnrolment: (_account, _existing, demand = NOTHING) => begin(demand),
    beginVerification: (_existing, demand = NOTHING) => begin(demand),
    resume: show,

    async finishEnrolment(pending, answer) {
      const verdict = await answered(pending, answer)
      if (!verdict.ok) return verdict
      const { externalId, level, strength } = verdict.value
      return { ok: true, value: { data: { level }, externalId, label: externalId.slice(0, 8), strength } }
    },

    async finishVerification(pending, answer, find) {
      const verdict = await answered(pending, answer)
      return verdict.ok ? recognised(verdict.value, find) : verdict
    },

    callback: {
      path: new URL(us.consumer).pathname,
      fields: ['SAMLResponse', 'RelayState'],
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

/** The credential rises to the highest level it was ever used with; the proof is worth what was shown now. */
async function recognised(
  { externalId, level, strength }: Proven,
  find: Find<Data>,
): Promise<Verdict<Verified<Data>, State>> {
  const [credential] = await find(externalId)
  if (!credential) return rejected('unknown_credential', 'unknown')
  const raised = level > credential.data.level ? { ...credential, data: { level }, strength } : credential
  return { ok: true, value: { credential: raised, strength } }
}
