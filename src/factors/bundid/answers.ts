import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Answer, Rejection, Strength, Verdict } from '../../domain/factor.ts'
import { PROVABLE } from '../../domain/personal.ts'
import { type Identified, judge } from './judge.ts'
import { decode } from './limits.ts'
import { type Level, strengthOf } from './meaning.ts'
import type { IdentityProvider, ServiceProvider } from './provider.ts'
import { Reader } from './reader.ts'
import { type Cause, Refused } from './refused.ts'

/** `requests` begins the ID of each request of this ceremony; nobody else can know it. `since` in milliseconds. */
export const state = z.strictObject({
  requests: z.string(),
  relayState: z.string(),
  level: z.literal([1, 2, 3, 4]),
  since: z.number(),
})
export type State = z.infer<typeof state>

/** Somebody who has logged in there: their name here, and what the login is worth. */
export interface Proven {
  externalId: string
  level: Level
  strength: Strength
  /** What was said of them, where the login proves it. */
  attested?: Attested
}

/** Personal data with where it comes from; `at` in milliseconds. */
export const attested = z.strictObject({
  level: z.literal([3, 4]),
  source: z.string(),
  at: z.number(),
  attributes: z.partialRecord(z.enum(PROVABLE), z.string()),
})
export type Attested = z.infer<typeof attested>

export interface AnswerDeps {
  /** Us, and the identity provider whose answers count. */
  us: ServiceProvider
  them: IdentityProvider
  /**
   * Remembers an assertion's ID until an instant (milliseconds). True for exactly one caller, over all instances and
   * restarts.
   */
  once: (id: string, until: number) => Promise<boolean>
  now: () => number
}

/** Checks answers to a ceremony. After any but a used one the same ceremony may be answered again. */
export function createAnswers({ us, them, once, now }: AnswerDeps) {
  const reader = new Reader({
    certificates: them.certificates,
    unsignedResponse: them.responseSignature === 'optional',
    decryptionKeys: us.encryption.map(({ key }) => key),
  })

  const identify = async (pending: State, { SAMLResponse = '', RelayState }: Answer) => {
    if (RelayState !== pending.relayState) throw new Refused('relay_state')
    const judgement = judge(await reader.read(decode(SAMLResponse)), {
      issuer: them.entityId,
      audience: us.entityId,
      recipient: us.consumer,
      isRequest: (id) => id.startsWith(pending.requests),
      since: pending.since,
      dialect: them.dialect,
      attributes: us.attributes ?? [],
      now: now(),
    })
    if (judgement.kind !== 'identified') return FAILED[judgement.kind]
    const { person } = judgement
    if (!(await once(person.assertionId, person.until))) return rejected('replayed', 'replayed')
    if (person.level < pending.level) return rejected('not_permitted', 'level')
    return { ok: true, value: proven(person, them, us.usernameMfa === true, now()) } as const
  }

  return async (pending: State | null, answer: Answer): Promise<Verdict<Proven, State>> => {
    if (!pending) return { ok: false, reason: 'expired' }
    // The way back without a message says nothing but that somebody took it.
    if (!answer.SAMLResponse && answer.back && answer.RelayState === pending.relayState)
      return { ...rejected('cancelled', 'cancelled'), retry: pending }
    if (!answer.SAMLResponse) return { ...rejected('malformed', 'failed'), retry: pending }
    try {
      const verdict = await identify(pending, answer)
      return verdict.ok || verdict.reason === 'replayed' ? verdict : { ...verdict, retry: pending }
    } catch (error) {
      if (error instanceof Refused) return { ...rejected('wrong', 'failed', error.reason), retry: pending }
      throw error
    }
  }
}

/** The external id is a digest of the identity provider's name and the person's name there. */
function proven(
  { bpk2, level, means, twoKinds, attributes }: Identified,
  { entityId }: IdentityProvider,
  usernameMfa: boolean,
  at: number,
): Proven {
  const externalId = createHash('sha256')
    .update(JSON.stringify([entityId, bpk2]))
    .digest('base64url')
  const strength = strengthOf(means, level, usernameMfa && twoKinds)
  const known = Object.keys(attributes).length > 0
  if (level < 3 || !known) return { externalId, level, strength }
  return {
    externalId,
    level,
    strength,
    attested: { level: level === 4 ? 4 : 3, source: entityId, at, attributes },
  }
}

export const rejected = (reason: Rejection, code: string, cause?: Cause) =>
  ({ ok: false, reason, hint: { code, ...(cause ? { cause } : {}) } }) as const

const FAILED = {
  cancelled: rejected('cancelled', 'cancelled'),
  no_means: rejected('not_permitted', 'level'),
  denied: rejected('not_permitted', 'denied'),
  outage: rejected('not_permitted', 'outage'),
} as const
