import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { cose, decodeCredentialPublicKey } from '@simplewebauthn/server/helpers'

/** ES256, EdDSA, RS256: what every authenticator in use can do one of. */
export const ALGORITHMS = [-7, -8, -257]

/**
 * Whether a COSE key is a proper one of its algorithm: P-256 and on the curve, Ed25519, RSA of 2048 to 4096 bits
 * with the usual exponent (BSI TR-02102-1; larger ones would make each login slow). Throws on garbage.
 */
export function isSound(publicKey: Uint8Array<ArrayBuffer>): boolean {
  const key = decodeCredentialPublicKey(publicKey) as Map<number, unknown>
  const { alg, kty, crv, x, y, n, e } = cose.COSEKEYS
  const text = (label: number): string => {
    const value = key.get(label)
    if (!(value instanceof Uint8Array)) throw new Error('a key without its bytes')
    return Buffer.from(value).toString('base64url')
  }
  const kind = [key.get(alg), key.get(kty), key.get(crv)].join()
  if (kind === '-7,2,1') return imported({ kty: 'EC', crv: 'P-256', x: text(x), y: text(y) }) !== undefined
  if (kind === '-8,1,6') return imported({ kty: 'OKP', crv: 'Ed25519', x: text(x) }) !== undefined
  if (key.get(alg) !== -257 || key.get(kty) !== 3) return false
  const { modulusLength = 0, publicExponent } =
    imported({ kty: 'RSA', n: text(n), e: text(e) })?.asymmetricKeyDetails ?? {}
  return modulusLength >= 2048 && modulusLength <= 4096 && publicExponent === 65_537n
}

function imported(key: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: 'jwk' })
  } catch {
    return undefined
  }
}
