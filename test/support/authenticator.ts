import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import type { Answer, Show } from '../../src/domain/factor.ts'

export const ORIGIN = 'https://sso.example'
export const RP_ID = 'sso.example'

/** Flags of authenticator data (WebAuthn L3, 6.1). */
export const FLAG = { up: 1, uv: 4, be: 8, bs: 16, at: 64, ed: 128 } as const

/** Whatever the browser or the authenticator says can be said otherwise; absent parts are as they should be. */
export interface Forgery {
  clientData?: Record<string, unknown>
  /** Instead of all of it, as text. */
  rawClientData?: string
  rpId?: string
  flags?: number
  counter?: number
  /** Bytes after the authenticator data. */
  extra?: Uint8Array
  /** Instead of the whole attestation object. */
  attestationObject?: Uint8Array
  fmt?: string
  attStmt?: Map<string, unknown>
  /** Certificates of a packed attestation, DER; `signer` is the key of the first. */
  x5c?: readonly Uint8Array[]
  coseKey?: Map<number, unknown>
  /** Instead of the key, any bytes. */
  rawKey?: Uint8Array
  /** Signs with this key instead of the credential's. */
  signer?: KeyObject
  credentialId?: Buffer
  /** Members of the JSON form. */
  json?: Record<string, unknown>
  response?: Record<string, unknown>
  /** Undefined leaves the handle out. */
  userHandle?: string | undefined
}

type Algorithm = 'ES256' | 'EdDSA' | 'RS256'

export interface Model {
  algorithm?: Algorithm
  /** May its passkeys be synced, and are they? */
  backupEligible?: boolean
  backedUp?: boolean
  /** 0: it has no counter. */
  counter?: number
  aaguid?: string
  origin?: string
}

type Options = Record<string, never> & {
  challenge: string
  rp: { id: string }
  rpId: string
  user: { id: string }
  excludeCredentials: { id: string }[]
  allowCredentials?: { id: string }[]
}

export const optionsOn = (show: Show): Options => {
  if (show.as !== 'page') throw new Error('a passkey page is a page')
  return show.data.options as unknown as Options
}

/** A passkey and the software that keeps it, with the browser between it and the page. */
export class Authenticator {
  readonly algorithm: Algorithm
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
  readonly credentialId = randomBytes(32)
  readonly aaguid: Buffer
  readonly origin: string
  flags: number
  counter: number
  userHandle = ''

  constructor(model: Model = {}) {
    const { algorithm = 'ES256', backupEligible = false, backedUp = false, counter = 0 } = model
    const { publicKey, privateKey } = keyPair(algorithm)
    this.algorithm = algorithm
    this.publicKey = publicKey
    this.privateKey = privateKey
    this.aaguid = Buffer.from(
      (model.aaguid ?? '00000000-0000-0000-0000-000000000000').replaceAll('-', ''),
      'hex',
    )
    this.origin = model.origin ?? ORIGIN
    this.flags = FLAG.up | FLAG.uv | (backupEligible ? FLAG.be : 0) | (backedUp ? FLAG.bs : 0)
    this.counter = counter
  }

  get id(): string {
    return this.credentialId.toString('base64url')
  }

  /** What `navigator.credentials.create` gives, as the page sends it. */
  create(show: Show, forged: Forgery = {}): Answer {
    const options = optionsOn(show)
    this.userHandle = options.user.id
    const id = forged.credentialId ?? this.credentialId
    const attested = Buffer.concat([
      this.aaguid,
      uint16(id.length),
      id,
      forged.rawKey ?? isoCBOR.encode((forged.coseKey ?? coseOf(this.publicKey)) as never),
    ])
    const head = this.#data(options.rp.id, { ...forged, flags: (forged.flags ?? this.flags) | FLAG.at })
    const authData = Buffer.concat([head, attested, forged.extra ?? Buffer.alloc(0)])
    const client = this.#client('webauthn.create', options.challenge, forged)
    const attestation = new Map<string, unknown>([
      ['fmt', forged.fmt ?? 'none'],
      [
        'attStmt',
        forged.attStmt ?? (forged.fmt === 'packed' ? this.#packed(authData, client, forged) : new Map()),
      ],
      ['authData', new Uint8Array(authData)],
    ])
    const response = {
      clientDataJSON: b64(client),
      attestationObject: b64(forged.attestationObject ?? isoCBOR.encode(attestation as never)),
      transports: ['internal', 'hybrid'],
      publicKeyAlgorithm: -7,
    }
    return this.#answer(b64(id), response, forged)
  }

  /** What `navigator.credentials.get` gives, as the page sends it. */
  get(show: Show, forged: Forgery = {}): Answer {
    const options = optionsOn(show)
    if (this.counter > 0 && forged.counter === undefined) this.counter++
    const authData = Buffer.concat([this.#data(options.rpId, forged), forged.extra ?? Buffer.alloc(0)])
    const client = this.#client('webauthn.get', options.challenge, forged)
    const response = {
      clientDataJSON: b64(client),
      authenticatorData: b64(authData),
      signature: b64(this.#sign(Buffer.concat([authData, sha256(client)]), forged.signer)),
      userHandle: 'userHandle' in forged ? forged.userHandle : this.userHandle,
    }
    return this.#answer(b64(forged.credentialId ?? this.credentialId), response, forged)
  }

  #data(rpId: string, forged: Forgery): Buffer {
    const flags = Buffer.from([forged.flags ?? this.flags])
    return Buffer.concat([sha256(forged.rpId ?? rpId), flags, uint32(forged.counter ?? this.counter)])
  }

  #client(type: string, challenge: string, forged: Forgery): Buffer {
    const honest = { type, challenge, origin: this.origin, crossOrigin: false }
    return Buffer.from(forged.rawClientData ?? JSON.stringify({ ...honest, ...forged.clientData }))
  }

  #packed(authData: Buffer, client: Buffer, forged: Forgery): Map<string, unknown> {
    const sig = new Uint8Array(this.#sign(Buffer.concat([authData, sha256(client)]), forged.signer))
    const alg = coseOf(this.publicKey).get(3)
    return new Map<string, unknown>([
      ['alg', alg],
      ['sig', sig],
      ...(forged.x5c ? [['x5c', [...forged.x5c]] as const] : []),
    ])
  }

  #sign(data: Buffer, key = this.privateKey): Buffer {
    return sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', data, key)
  }

  #answer(id: string, response: object, forged: Forgery): Answer {
    const json = {
      id,
      rawId: id,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: { credProps: { rk: true } },
      response: { ...response, ...forged.response },
      ...forged.json,
    }
    return { credential: JSON.stringify(json) }
  }
}

function keyPair(algorithm: Algorithm) {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519')
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 })
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

/** The COSE form (RFC 9053) of a public key; `alg` overrides what fits the key. */
export function coseOf(key: KeyObject, alg?: number): Map<number, unknown> {
  const jwk = key.export({ format: 'jwk' })
  const part = (value = ''): Uint8Array => new Uint8Array(Buffer.from(value, 'base64url'))
  if (jwk.kty === 'EC') {
    const curve = { 'P-256': 1, 'P-384': 2, 'P-521': 3 }[jwk.crv ?? '']
    return new Map<number, unknown>([
      [1, 2],
      [3, alg ?? -7],
      [-1, curve],
      [-2, part(jwk.x)],
      [-3, part(jwk.y)],
    ])
  }
  if (jwk.kty === 'OKP')
    return new Map<number, unknown>([
      [1, 1],
      [3, alg ?? -8],
      [-1, 6],
      [-2, part(jwk.x)],
    ])
  return new Map<number, unknown>([
    [1, 3],
    [3, alg ?? -257],
    [-1, part(jwk.n)],
    [-2, part(jwk.e)],
  ])
}

const b64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
const sha256 = (data: Buffer | string): Buffer => createHash('sha256').update(data).digest()

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
