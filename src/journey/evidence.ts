import type { Proof } from '../domain/assurance.ts'
import type { FactorId } from '../domain/factor.ts'
import type { Ephemeral, Evidence, Stores } from './ports.ts'

/**
 * How far one interaction has come. It is facts, not a position: the step is decided anew from it each time.
 * Kept under the interaction chain's `cid`, which outlives single prompts of one authorization request.
 */
export interface Progress {
  /** When the first prompt of this chain was shown; milliseconds. */
  startedAt: number
  accountId?: string
  proofs: Proof[]
  /** Set-up pages passed over in this interaction. */
  skipped: FactorId[]
  /** The factor the person picked where several are offered. */
  chosen?: FactorId
  /** A factor the person would like to set up besides. */
  wanted?: FactorId
  /** A factor that was just set up and whose success page has not been left yet. */
  celebrate?: FactorId
  /** „Diesen Computer nutzen auch andere Personen.“: nothing is remembered on it. */
  shared?: boolean
}

const progressKey = (cid: string): string => `journey:${cid}`
const sessionKey = (uid: string): string => `evidence:${uid}`

/** What a session has proven before it was ended counts no longer. */
export async function load(
  { ephemeral, sessions }: Pick<Stores, 'ephemeral' | 'sessions'>,
  cid: string | undefined,
  sessionUid: string | undefined,
): Promise<{ progress: Progress | undefined; session: Evidence | undefined }> {
  const one = async (key: string): Promise<string | undefined> => (await ephemeral.get([key]))[0]
  const [progress, session] = await Promise.all([
    cid === undefined ? undefined : one(progressKey(cid)),
    sessionUid === undefined ? undefined : one(sessionKey(sessionUid)),
  ])
  const ended = session && sessionUid !== undefined ? await sessions.endedAt(sessionUid) : undefined
  return { progress: read<Progress>(progress), session: since(ended ?? -Infinity, read<Evidence>(session)) }
}

const since = (ended: number, evidence: Evidence | undefined): Evidence | undefined =>
  evidence && { ...evidence, proofs: evidence.proofs.filter((p) => p.at > ended) }

export const saveProgress = (
  ephemeral: Ephemeral,
  cid: string,
  progress: Progress,
  ttlSeconds: number,
): Promise<void> => ephemeral.put(progressKey(cid), JSON.stringify(progress), ttlSeconds)

export const saveSession = (
  ephemeral: Ephemeral,
  uid: string,
  evidence: Evidence,
  ttlSeconds: number,
): Promise<void> => ephemeral.put(sessionKey(uid), JSON.stringify(evidence), ttlSeconds)

/** A later proof by the same credential takes the place of the earlier one. */
export function merge(earlier: readonly Proof[], later: readonly Proof[]): Proof[] {
  const newer = new Set(later.map((p) => p.credentialId))
  return [...earlier.filter((p) => !newer.has(p.credentialId)), ...later]
}

/** Values are sealed by the store, so that what comes back is what was written. */
const read = <T>(value: string | undefined): T | undefined => (value ? (JSON.parse(value) as T) : undefined)
