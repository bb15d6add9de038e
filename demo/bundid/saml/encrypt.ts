import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto'
import { element, PREFIX, type Tree } from './tree.ts'

export interface EncryptOptions {
  /** Algorithm identifier of the content. */
  content?: string
  cipher?: string
  transport?: 'rsa-oaep-mgf1p' | 'rsa-oaep' | 'rsa-1_5'
  /** Digest named for `rsa-oaep-mgf1p`; SHA-1 goes without saying. */
  digest?: string
  /** Bytes of the GCM tag that are sent. */
  tag?: number
}

/** An EncryptedAssertion for whoever owns the certificate (XML Encryption 1.1). */
export function encrypt(xml: string, certificate: string, options: EncryptOptions = {}): Tree {
  const {
    content = `${PREFIX.xenc11}aes256-gcm`,
    cipher = 'aes-256-gcm',
    transport = 'rsa-oaep-mgf1p',
  } = options
  const secret = randomBytes(cipher === 'des-ede3-cbc' ? 24 : cipher.includes('256') ? 32 : 16)
  return element(
    'saml2:EncryptedAssertion',
    {},
    element(
      'xenc:EncryptedData',
      { Type: `${PREFIX.xenc}Element` },
      element('xenc:EncryptionMethod', { Algorithm: content }),
      element('ds:KeyInfo', {}, wrap(secret, certificate, transport, options.digest)),
      cipherData(seal(xml, secret, cipher, options.tag ?? 16)),
    ),
  )
}

function seal(xml: string, secret: Buffer, cipher: string, tag: number): Buffer {
  if (!cipher.endsWith('gcm')) {
    const iv = randomBytes(cipher === 'des-ede3-cbc' ? 8 : 16)
    const cbc = createCipheriv(cipher, secret, iv)
    return Buffer.concat([iv, cbc.update(xml), cbc.final()])
  }
  const iv = randomBytes(12)
  const gcm = createCipheriv(cipher as 'aes-256-gcm', secret, iv)
  const body = Buffer.concat([gcm.update(xml), gcm.final()])
  return Buffer.concat([iv, body, gcm.getAuthTag().subarray(0, tag)])
}

function wrap(secret: Buffer, certificate: string, transport: string, digest?: string): Tree {
  const modern = transport === 'rsa-oaep'
  const padding =
    transport === 'rsa-1_5'
      ? { padding: constants.RSA_PKCS1_PADDING }
      : { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: modern ? 'sha256' : 'sha1' }
  const details = modern
    ? [
        element('ds:DigestMethod', { Algorithm: `${PREFIX.xenc}sha256` }),
        element('xenc11:MGF', { Algorithm: `${PREFIX.xenc11}mgf1sha256` }),
      ]
    : digest === undefined
      ? []
      : [element('ds:DigestMethod', { Algorithm: digest })]
  const algorithm = `${modern ? PREFIX.xenc11 : PREFIX.xenc}${transport}`
  return element(
    'xenc:EncryptedKey',
    {},
    element('xenc:EncryptionMethod', { Algorithm: algorithm }, ...details),
    cipherData(publicEncrypt({ key: certificate, ...padding }, secret)),
  )
}

const cipherData = (bytes: Buffer): Tree =>
  element('xenc:CipherData', {}, element('xenc:CipherValue', {}, bytes.toString('base64')))
