import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Keys, SigningKey } from '../journey/ports.ts'

/** ES256 signs by default; RS256 for relying parties that know nothing newer (set per client). */
const ALGORITHMS = ['ES256', 'RS256'] as const

/** The private key set: made on first start by whichever instance comes first, sealed at rest. */
export async function signingKeys(keys: Keys, now: number): Promise<{ keys: JWK[] }> {
  const stored = await keys.signing(() => Promise.all(ALGORITHMS.map((alg) => make(alg, now))))
  const rank = ({ jwk }: SigningKey): number => ALGORITHMS.indexOf(jwk.alg as (typeof ALGORITHMS)[number])
  return { keys: stored.toSorted((a, b) => rank(a) - rank(b)).map((key) => key.jwk as JWK) }
}

async function make(alg: string, notBefore: number): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(privateKey)
  const kid = await calculateJwkThumbprint(jwk)
  return { kid, jwk: { ...jwk, kid, alg, use: 'sig' }, notBefore }
}
