import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** A private key with its self-signed certificate, PEM. */
export interface KeyPair {
  key: string
  certificate: string
}

const YEAR = 365 * 24 * 3600_000
const SHA256_WITH_RSA = '1.2.840.113549.1.1.11'
const COMMON_NAME = '2.5.4.3'

/** Makes an RSA key and a self-signed X.509 certificate for it: the platform can read those, but not make them. */
export function makeKeyPair(name: string, bits = 3072, until = Date.now() + 2 * YEAR): KeyPair {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { key, certificate: selfSigned(key, name, until - 2 * YEAR, until) }
}

function selfSigned(key: string, name: string, from: number, to: number): string {
  const spki = createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'der' })
  const algorithm = sequence(oid(SHA256_WITH_RSA), der(0x05, Buffer.alloc(0)))
  const subject = sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from(name)))))
  const serial = Buffer.concat([Buffer.of(1), randomBytes(15)])
  const body = sequence(der(0x02, serial), algorithm, subject, sequence(time(from), time(to)), subject, spki)
  const signature = Buffer.concat([Buffer.of(0), sign('sha256', body, key)])
  const lines =
    sequence(body, algorithm, der(0x03, signature))
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

/** DER (X.690): tag, length, value. */
function der(tag: number, value: Buffer): Buffer {
  const size = value.length
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), value])
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, Buffer.concat(parts))

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(number: number): number[] {
  const digits = [number & 0x7f]
  for (let left = number >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80)
  return digits
}

/** UTCTime, good until 2049. */
const time = (ms: number): Buffer =>
  der(
    0x17,
    Buffer.from(
      `${new Date(ms)
        .toISOString()
        .replace(/[-:T]|\.\d+/g, '')
        .slice(2, 14)}Z`,
    ),
  )
