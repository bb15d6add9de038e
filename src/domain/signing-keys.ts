/** What rotation must know of a signing key; instants in milliseconds since 1970. */
export interface KeyTimes {
  kid: string
  alg: string
  /** It signs from then on, until the next of its algorithm does; it is published before and after. */
  notBefore: number
}

/** Milliseconds. */
export interface Rotation {
  /** After so long another key signs. */
  every: number
  /** So long a key is published before it signs: relying parties keep what they have read of the key set. */
  ahead: number
  /** So long a key is published after it has signed for the last time: what it signed must be verified until then. */
  keep: number
}

/** A key that is to be made. */
export type NewKey = Pick<KeyTimes, 'alg' | 'notBefore'>

/** The one that signs. Where a clock was set back none has begun: then the one that begins first. */
export function signer<K extends KeyTimes>(keys: readonly K[], alg: string, now: number): K | undefined {
  const ofAlg = oldestFirst(keys, alg)
  return ofAlg.findLast(({ notBefore }) => notBefore <= now) ?? ofAlg[0]
}

/** As they are published: by algorithm, of each the signer first. */
export const inOrder = <K extends KeyTimes>(keys: readonly K[], algs: readonly string[], now: number): K[] =>
  algs.flatMap((alg) => {
    const first = signer(keys, alg, now)
    return first ? [first, ...oldestFirst(keys, alg).filter((key) => key !== first)] : []
  })

/** The keys that must be made now, so that each is published long enough before it is its turn. */
export const due = (
  keys: readonly KeyTimes[],
  algs: readonly string[],
  { every, ahead }: Rotation,
  now: number,
): NewKey[] =>
  algs.flatMap((alg) => {
    const newest = oldestFirst(keys, alg).at(-1)
    if (!newest) return [{ alg, notBefore: now }]
    const turn = newest.notBefore + every
    return turn - ahead <= now ? [{ alg, notBefore: Math.max(turn, now + ahead) }] : []
  })

/** The keys whose successor has signed for so long that nothing is left for them to verify. */
export const obsolete = (keys: readonly KeyTimes[], { keep }: Rotation, now: number): string[] =>
  keys
    .filter(({ alg, notBefore }) => {
      const next = oldestFirst(keys, alg).find((key) => key.notBefore > notBefore)
      return next !== undefined && next.notBefore + keep < now
    })
    .map(({ kid }) => kid)

const oldestFirst = <K extends KeyTimes>(keys: readonly K[], alg: string): K[] =>
  keys.filter((key) => key.alg === alg).sort((a, b) => a.notBefore - b.notBefore || (a.kid < b.kid ? -1 : 1))
