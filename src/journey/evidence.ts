import type { Proof } from '../domain/assurance.ts'
import type { Signal } from '../domain/binding.ts'
import type { Enrolled, FactorId } from '../domain/factor.ts'
import type { Ephemeral, Evidence, OnShared, Stores } from './ports.ts'

/**
 * How far one interaction has come. It is facts, not a position: the step is decided anew from it each time.
 * Kept under the interaction chain's `cid`, which outlives single prompts of one authorization request.
 */
export interface Progress extends OnShared {
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
  /** Somebody is proven whom no account knows. */
  stranger?: Stranger
  /** What has shown, besides a password, whose login it is. */
  vouched?: Signal
  /** The account was made in this interaction: what is bound now was with it from the beginning. */
  founded?: true
  /** A code was mailed that is to vouch. */
  mailed?: true
  /** A code stands in for these factors of `accountId`, until one is set up in their place. */
  lost?: readonly FactorId[]
  /** What a code is typed for before anybody has proven anything. */
  errand?: Errand
}

/** What would be set up for them; proven at `at` (milliseconds). `link`: they say that they have an account. */
export interface Stranger {
  factor: FactorId
  enrolled: Enrolled<unknown>
  at: number
  link?: true
}

/**
 * A password to be chosen anew, or an account to be made; `holder` as in `MailedFor`. Where there is no account to reset
 * (`accountId` absent), or one with this address already (`known`), nobody was told the code.
 */
export type Errand =
  | { for: 'reset'; holder: string; accountId?: string }
  | { for: 'register'; holder: string; email: string; known: boolean; confirmed?: true }

const progressKey = (cid: string): string => `journey:${cid}`
const sessionKey = (uid: string): string => `evidence:${uid}`

/** What a session has proven before it was ended counts no longer; nor what was left alone on a shared computer. */
export async function load(
  {
    stores: { ephemeral, sessions },
    now,
  }: { stores: Pick<Stores, 'ephemeral' | 'sessions'>; now: () => number },
  cid: string | undefined,
  sessionUid: string | undefined,
): Promise<{ progress: Progress | undefined; session: Evidence | undefined }> {
  const one = async (key: string): Promise<string | undefined> => (await ephemeral.get([key]))[0]
  const [progress, session] = await Promise.all([
    cid === undefined ? undefined : one(progressKey(cid)),
    sessionUid === undefined ? undefined : one(sessionKey(sessionUid)),
  ])
  const ended = session && sessionUid !== undefined ? await sessions.endedAt(sessionUid) : undefined
  const begun = read<Progress>(progress)
  const evidence = since(ended ?? -Infinity, read<Evidence>(session))
  return {
    progress: isLeft(begun, now()) ? { startedAt: now(), proofs: [], skipped: [], shared: true } : begun,
    session: evidence && isLeft(evidence, now()) ? { ...evidence, proofs: [] } : evidence,
  }
}

const since = (ended: number, evidence: Evidence | undefined): Evidence | undefined =>
  evidence && { ...evidence, proofs: evidence.proofs.filter((p) => p.at > ended) }

export const saveProgress = (
  { stores, now }: Saving,
  cid: string,
  progress: Progress,
  ttlSeconds: number,
): Promise<void> => stores.ephemeral.put(progressKey(cid), JSON.stringify(seen(progress, now())), ttlSeconds)

export const saveSession = (
  { stores, now }: Saving,
  uid: string,
  evidence: Evidence,
  ttlSeconds: number,
): Promise<void> => stores.ephemeral.put(sessionKey(uid), JSON.stringify(seen(evidence, now())), ttlSeconds)

interface Saving {
  stores: { ephemeral: Ephemeral }
  now: () => number
}

/** Milliseconds after which whoever comes next to a shared computer finds nobody signed in, nor half-way. */
const LEFT = 5 * 60_000

const isLeft = (of: OnShared | undefined, now: number): boolean =>
  of?.shared === true && now - (of.seenAt ?? 0) > LEFT

const seen = <T extends OnShared>(of: T, now: number): T => (of.shared ? { ...of, seenAt: now } : of)

/** A later proof by the same credential takes the place of the earlier one. */
export function merge(earlier: readonly Proof[], later: readonly Proof[]): Proof[] {
  const newer = new Set(later.map((p) => p.credentialId))
  return [...earlier.filter((p) => !newer.has(p.credentialId)), ...later]
}

/** Values are sealed by the store, so that what comes back is what was written. */
const read = <T>(value: string | undefined): T | undefined => (value ? (JSON.parse(value) as T) : undefined)
