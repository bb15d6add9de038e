import { constants, createDecipheriv, privateDecrypt } from 'node:crypto'
import { utf8 } from './limits.ts'
import { Refused } from './refused.ts'
import { allowed } from './shape.ts'
import { attribute, below, child, type Element, NS, only, text } from './xml.ts'

/** Authenticated encryption alone: without it, decrypting is an oracle. Key lengths in bytes. */
const CONTENT: Record<string, { cipher: 'aes-128-gcm' | 'aes-256-gcm'; key: number }> = {
  [`${NS.xenc11}aes128-gcm`]: { cipher: 'aes-128-gcm', key: 16 },
  [`${NS.xenc11}aes256-gcm`]: { cipher: 'aes-256-gcm', key: 32 },
}
const MGF1P = `${NS.xenc}rsa-oaep-mgf1p`
const OAEP = `${NS.xenc11}rsa-oaep`
const SHA1 = `${NS.ds}sha1`
const SHA256 = `${NS.xenc}sha256`
const IV_BYTES = 12
const TAG_BYTES = 16

/** A key that could be unwrapped or not, content that was whole or not: outside it all looks the same. */
export function decrypted(encryptedAssertion: Element, privateKeys: readonly string[]): string {
  const data = only(encryptedAssertion, 'xenc', 'EncryptedData')
  const content = CONTENT[allowed(only(data, 'xenc', 'EncryptionMethod'), Object.keys(CONTENT))]
  const wrapped = wrappedKey(encryptedAssertion, data)
  const sealed = cipherValue(data)
  if (!content || sealed.length <= IV_BYTES + TAG_BYTES) throw new Refused('decryption')
  for (const key of privateKeys) {
    try {
      const secret = privateDecrypt(
        { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: wrapped.hash },
        wrapped.value,
      )
      if (secret.length !== content.key) continue
      const opened = createDecipheriv(content.cipher, secret, sealed.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      })
      opened.setAuthTag(sealed.subarray(-TAG_BYTES))
      return utf8(Buffer.concat([opened.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), opened.final()]))
    } catch {
      // The next key, or the one error below.
    }
  }
  throw new Refused('decryption')
}

/** The key may stand within the encrypted data or beside it; there is one. */
function wrappedKey(encryptedAssertion: Element, data: Element): { hash: string; value: Buffer } {
  const [key, ...more] = below(encryptedAssertion, 'xenc', 'EncryptedKey')
  if (!key || more.length > 0 || below(data, 'xenc', 'EncryptedData').length > 0)
    throw new Refused('structure')
  return { hash: oaepHash(only(key, 'xenc', 'EncryptionMethod')), value: cipherValue(key) }
}

/**
 * The hash of OAEP and its mask. XML Encryption lets the two differ; here they are the same, as the platform's own
 * primitive has them: SHA-1 (its weaknesses do not touch OAEP) or SHA-256.
 */
function oaepHash(method: Element): string {
  const algorithm = allowed(method, [MGF1P, OAEP])
  const digest = algorithmOf(child(method, 'ds', 'DigestMethod'), SHA1)
  const mask = algorithmOf(child(method, 'xenc11', 'MGF'), `${NS.xenc11}mgf1sha1`)
  if (child(method, 'xenc', 'OAEPparams')) throw new Refused('algorithm')
  if (algorithm === OAEP && digest === SHA256 && mask === `${NS.xenc11}mgf1sha256`) return 'sha256'
  if (digest === SHA1 && mask === `${NS.xenc11}mgf1sha1`) return 'sha1'
  throw new Refused('algorithm')
}

const algorithmOf = (element: Element | undefined, otherwise: string): string =>
  element ? (attribute(element, 'Algorithm') ?? '') : otherwise

const cipherValue = (encrypted: Element): Buffer =>
  Buffer.from(text(only(only(encrypted, 'xenc', 'CipherData'), 'xenc', 'CipherValue')), 'base64')
