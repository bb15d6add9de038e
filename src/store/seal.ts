import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'

/** A 256-bit key and the name under which sealed values refer to it. */
export interface RingKey {
  id: string
  key: Uint8Array
}

/** Encryption at rest. `place` is `table|column|row`: a value moved elsewhere does not open. */
export interface Seal {
  seal(plain: string, place: string): string
  /** Throws `SealError` for what was sealed elsewhere, with another key, or changed. */
  open(sealed: string, place: string): string
  /** The key that seals. */
  keyId: string
  /** How values begin that it has sealed. */
  prefix: string
}

/** The key ring is not that with which a value was sealed, or somebody has changed it. */
export class SealError extends Error {
  override name = 'SealError'
}

const VERSION = 'v1'
const ALGORITHM = 'aes-256-gcm'
const KEY = 32
const NONCE = 12
const TAG = 16
/** Ids stand between dots. */
const ID = /^[\w-]+$/

/**
 * AES-256-GCM with the place as associated data. The first key of the ring seals, all of them open. Each table and
 * column has its own key, derived by HKDF, and random nonces: renew the first key of the ring before one column
 * has seen 2^32 values (NIST SP 800-38D, 8.3); at a hundred writes a second that is after a year.
 */
export function createSeal(ring: readonly RingKey[]): Seal {
  const [first] = ring
  if (!first) throw new Error('the key ring is empty')
  for (const { id, key } of ring) {
    if (key.length !== KEY || !ID.test(id))
      throw new Error(`key "${id}" of the key ring is not a named ${KEY}-byte key`)
  }
  // As key objects: given bytes, Node takes three times as long for each value.
  const derived = new Map<string, KeyObject>()

  const keyFor = ({ id, key }: RingKey, place: string): KeyObject => {
    const purpose = place.split('|', 2).join('|')
    const name = `${id}|${purpose}`
    const known = derived.get(name)
    if (known) return known
    const made = createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `pforte|${purpose}`, 32)))
    derived.set(name, made)
    return made
  }

  const prefix = `${VERSION}.${first.id}.`
  return {
    keyId: first.id,
    prefix,
    seal(plain, place) {
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv(ALGORITHM, keyFor(first, place), nonce).setAAD(Buffer.from(place))
      const body = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return prefix + body.toString('base64url')
    },
    open(sealed, place) {
      const [version, id, encoded, ...rest] = sealed.split('.')
      const key = ring.find((k) => k.id === id)
      if (version !== VERSION || encoded === undefined || rest.length > 0)
        throw new SealError(`not a sealed value at ${column(place)}`)
      if (!key) throw new SealError(`the key ring has no key "${id}", with which ${column(place)} is sealed`)
      const body = Buffer.from(encoded, 'base64url')
      try {
        const nonce = body.subarray(0, NONCE)
        const decipher = createDecipheriv(ALGORITHM, keyFor(key, place), nonce, { authTagLength: TAG })
        decipher.setAAD(Buffer.from(place)).setAuthTag(body.subarray(-TAG))
        return decipher.update(body.subarray(NONCE, -TAG), undefined, 'utf8') + decipher.final('utf8')
      } catch (cause) {
        throw new SealError(`a sealed value at ${column(place)} does not open with key "${id}"`, { cause })
      }
    },
  }
}

/** Rows may be named by secrets; messages name table and column alone. */
const column = (place: string): string => place.split('|', 2).join('.')
