import { createPrivateKey } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import { due, inOrder, type NewKey, obsolete, type Rotation } from '../domain/signing-keys.ts'
import type { Keys, SigningKey } from '../journey/ports.ts'

/** ES256 signs by default; RS256 for relying parties that know nothing newer (set per client). */
export const ALGORITHMS = ['ES256', 'RS256'] as const

/**
 * The private key set as it is published: RFC 7517, 5, of each algorithm the key that signs first. What is missing or
 * due is made by whichever instance comes first, what has nothing left to verify is deleted.
 */
export async function signingKeys(keys: Keys, rotation: Rotation, now: number): Promise<{ keys: JWK[] }> {
  const stored = await keys.signing((all) => due(all, ALGORITHMS, rotation, now), make)
  const old = obsolete(stored, rotation, now)
  for (const kid of old) await keys.retire(kid, 'expired')
  const current = stored.filter(({ kid }) => !old.includes(kid))
  return { keys: inOrder(current, ALGORITHMS, now).map(({ jwk }) => jwk as JWK) }
}

/** A key of its own making. */
export async function make({ alg, notBefore }: NewKey): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return named(await exportJWK(privateKey), alg, notBefore)
}

/** Fewest bits of an RSA key that is brought in (BSI TR-02102-1). */
const LEAST_BITS = 3_000

/** A key made elsewhere: PKCS #8, PEM. Throws with a sentence where it is none that can sign here. */
export async function imported(pem: string, notBefore: number): Promise<SigningKey> {
  const key = createPrivateKey(pem)
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  const alg = key.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256'
  const fits = alg === 'RS256' ? modulusLength >= LEAST_BITS : namedCurve === 'prime256v1'
  if (!fits) throw new Error('It is neither an EC key on P-256 nor an RSA key of at least 3000 bits.')
  return named(key.export({ format: 'jwk' }) as JWK, alg, notBefore)
}

async function named(jwk: JWK, alg: string, notBefore: number): Promise<SigningKey> {
  const kid = await calculateJwkThumbprint(jwk)
  return { kid, alg, jwk: { ...jwk, kid, alg, use: 'sig' }, notBefore }
}
