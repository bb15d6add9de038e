import { createHash } from 'node:crypto'
import { z } from 'zod'
import { NOTHING, type Requirement } from '../../domain/assurance.ts'
import type { Answer, Credential, Factor, Find, Rejection, Verdict } from '../../domain/factor.ts'
import { type Identified, judge } from './judge.ts'
import { decode } from './limits.ts'
import { type Level, levelFor, strengthOf } from './meaning.ts'
import { serviceProviderMetadata } from './metadata.ts'
import type { IdentityProvider, ServiceProvider } from './provider.ts'
import { Reader } from './reader.ts'
import { type Cause, Refused } from './refused.ts'
import { send } from './request.ts'

export type { IdentityProvider, KeyPair, ServiceProvider } from './provider.ts'

/** Nothing about the person is kept: they are known by the external id, a digest. */
const data = z.strictObject({ level: z.literal([1, 2, 3, 4]) })
type Data = z.infer<typeof data>

/** `requests` begins the ID of each request of this ceremony; nobody else can know it. `since` in milliseconds. */
const state = z.strictObject({
  requests: z.string(),
  relayState: z.string(),
  level: z.literal([1, 2, 3, 4]),
  since: z.number(),
})
type State = z.infer<typeof state>

export interface BundidDeps {
  /** Us, and the identity provider whose answers count. */
  us: ServiceProvider
  them: IdentityProvider
  /**
   * Remembers an assertion's ID until an instant (milliseconds). True for exactly one caller, over all instances and
   * restarts.
   */
  once: (id: string, until: number) => Promise<boolean>
  now: () => number
  random: (bytes: number) => Uint8Array
}

/** BundID, or another account of its kind, by SAML 2.0 Web Browser SSO. */
export function createBundid({ us, them, once, now, random }: BundidDeps): Factor<Data, State> {
  const reader = new Reader({
    certificates: them.certificates,
    decryptionKeys: us.encryption.map(({ key }) => key),
  })
  const token = (): string => Buffer.from(random(24)).toString('base64url')

  const begin = async (demand: Requirement) => {
    const remember: State = {
      requests: `_${token()}.`,
      relayState: token(),
      level: levelFor(demand),
      since: now(),
    }
    return { show: show(remember), remember }
  }
  /** A new request each time: identity providers refuse one that comes again, or late. */
  const show = ({ requests, relayState, level }: State) =>
    send({ id: requests + token(), relayState, level, now: now() }, us, them)

  /** Who has logged in, as a digest of the identity provider's name and theirs, and what that is worth. */
  const identify = async (pending: State, { SAMLResponse = '', RelayState }: Answer) => {
    if (RelayState !== pending.relayState) throw new Refused('relay_state')
    const judgement = judge(await reader.read(decode(SAMLResponse)), {
      issuer: them.entityId,
      audience: us.entityId,
      recipient: us.consumer,
      isRequest: (id) => id.startsWith(pending.requests),
      since: pending.since,
      now: now(),
    })
    if (judgement.kind === 'cancelled') return rejected('cancelled', 'cancelled')
    if (judgement.kind === 'no_means') return rejected('not_permitted', 'level')
    const { person } = judgement
    if (!(await once(person.assertionId, person.until))) return rejected('replayed', 'replayed')
    if (person.level < pending.level) return rejected('not_permitted', 'level')
    return { ok: true, value: proven(person, them) } as const
  }

  const answered = async (pending: State | null, answer: Answer) => {
    if (!pending) return { ok: false, reason: 'expired' } as const
    if (!answer.SAMLResponse) return { ...rejected('malformed', 'failed'), retry: pending }
    try {
      const verdict = await identify(pending, answer)
      return verdict.ok || verdict.reason === 'replayed' ? verdict : { ...verdict, retry: pending }
    } catch (error) {
      if (error instanceof Refused) return { ...rejected('wrong', 'failed', error.reason), retry: pending }
      throw error
    }
  }

  return {
    id: 'bundid',
    maxPerAccount: 5,
    identifies: true,
    enrollable: true,
    renewable: true,
    yields: strengthOf('eID', 4),
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

    callback: { path: new URL(us.consumer).pathname, ceremonyOf: ({ RelayState }) => RelayState },
    documents: {
      [new URL('metadata', us.consumer).pathname]: () => ({
        type: 'application/samlmetadata+xml',
        body: serviceProviderMetadata(us),
      }),
    },
  }
}

type Proven = ReturnType<typeof proven>

function proven({ bpk2, level, means }: Identified, them: IdentityProvider) {
  const externalId = createHash('sha256')
    .update(JSON.stringify([them.entityId, bpk2]))
    .digest('base64url')
  return { externalId, level, strength: strengthOf(means, level) }
}

/** The credential rises to the highest level it was ever used with; the proof is worth what was shown now. */
async function recognised(
  { externalId, level, strength }: Proven,
  find: Find<Data>,
): Promise<Verdict<{ credential: Credential<Data>; strength: Proven['strength'] }, State>> {
  const [credential] = await find(externalId)
  if (!credential) return rejected('unknown_credential', 'unknown')
  const raised = level > credential.data.level
  return {
    ok: true,
    value: {
      credential: raised ? { ...credential, data: { level: level as Level }, strength } : credential,
      strength,
    },
  }
}

const rejected = (reason: Rejection, code: string, cause?: Cause) =>
  ({ ok: false, reason, hint: { code, ...(cause ? { cause } : {}) } }) as const
