/**
 * Where an account stands between 0 (inclusive) and 100 (exclusive), evenly spread and for ever the same: FNV-1a over
 * its id, then the finalizer of MurmurHash3, so that ids which differ in one place stand far apart. Not a secret.
 */
export function shareOf(accountId: string): number {
  let hash = 0x811c9dc5
  for (const character of accountId) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / (2 ** 32 / 100)
}
