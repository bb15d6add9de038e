import { randomBytes } from 'node:crypto'
import type { Answer, Factor, FactorId, Show } from '../domain/factor.ts'
import type { Deps } from './deps.ts'
import { INTERACTION_LIFETIME } from './passage.ts'

/** Seconds an answer waits for the browser that brought it. */
const PARKED = 10 * 60

interface Parked {
  token: string
  answer: Answer
}

export interface Place {
  /** The interaction that asked. */
  uid: string
  token: string
}

/** Remembers which interaction asked; called whenever a challenge is shown that leaves through the browser. */
export async function leave(
  { stores, factors }: Deps,
  id: FactorId,
  shown: Show,
  uid: string,
): Promise<void> {
  const ceremony = factors.get(id)?.callback?.ceremonyOf(sentWith(shown))
  if (ceremony) await stores.ephemeral.put(askedKey(id, ceremony), uid, INTERACTION_LIFETIME)
}

/**
 * Parks an answer that another site had the browser post: no cookie came along, it is fetched again where the cookie
 * counts. Whoever made the request knows the name of the ceremony, so the answer is handed out for a token that only
 * the browser which brought it is given, or one person could be made to log another in. One answer is parked for each
 * interaction; undefined where nobody asked.
 */
export async function park(
  { stores }: Deps,
  { id, callback }: Factor,
  given: Answer,
): Promise<Place | undefined> {
  const ceremony = callback?.ceremonyOf(given)
  if (!callback || !ceremony) return undefined
  const [uid] = await stores.ephemeral.get([askedKey(id, ceremony)])
  if (uid === undefined) return undefined
  const token = randomBytes(24).toString('base64url')
  const answer = Object.fromEntries(Object.entries(given).filter(([name]) => callback.fields.includes(name)))
  await stores.ephemeral.put(parkedKey(id, uid), JSON.stringify({ token, answer } satisfies Parked), PARKED)
  return { uid, token }
}

/** The parked answer, once; a wrong token spends it, too. */
export async function fetchParked(
  { stores: { ephemeral } }: Deps,
  factor: FactorId,
  { uid, token }: Place,
): Promise<Answer | undefined> {
  const key = parkedKey(factor, uid)
  const [raw] = await ephemeral.get([key])
  if (raw === undefined || !(await ephemeral.replace(key, raw, null))) return undefined
  const parked = JSON.parse(raw) as Parked
  return parked.token === token ? parked.answer : undefined
}

function sentWith(shown: Show): Answer {
  if (shown.as === 'post') return shown.fields
  return shown.as === 'redirect' ? Object.fromEntries(new URL(shown.url).searchParams) : {}
}

/** The name of a ceremony comes from outside: whatever its length, the key is short. */
const askedKey = (factor: FactorId, ceremony: string): string => `asked:${factor}:${ceremony.slice(0, 200)}`
const parkedKey = (factor: FactorId, uid: string): string => `parked:${factor}:${uid}`
