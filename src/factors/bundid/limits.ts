import { Refused } from './refused.ts'

/** Bytes of XML. A real answer has 10 to 20 kB. */
const LARGEST = 128 * 1024
/** A real answer has about 150 elements and 300 attributes, namespaces included. */
const ELEMENTS = 1_000
const ATTRIBUTES = 2_000
/** Base64 adds a third; some senders break its lines. */
const LARGEST_ENCODED = Math.ceil(LARGEST * 1.4)

/** Decodes a `SAMLResponse` field. Cheap whatever it holds. Throws `Refused`. */
export function decode(field: string): string {
  if (field.length > LARGEST_ENCODED) throw new Refused('too_large')
  const packed = field.replace(/[\r\n\t ]/g, '')
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(packed)) throw new Refused('encoding')
  const xml = utf8(Buffer.from(packed, 'base64'))
  checkLimits(xml)
  return xml
}

export function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Refused('encoding')
  }
}

/**
 * Before any parser sees it: no DOCTYPE, entity, CDATA section, comment or processing instruction (no identity
 * provider needs one, many attacks do), and no more elements, attributes and references than an answer can have:
 * of the latter, signature checks take quadratic time.
 */
export function checkLimits(xml: string): void {
  if (Buffer.byteLength(xml) > LARGEST) throw new Refused('too_large')
  const body = xml.replace(/^<\?xml version=["']1\.0["']( encoding=["']utf-8["'])?[^<>?]{0,40}\?>/i, '')
  if (/<[!?]/.test(body)) throw new Refused('markup')
  if (count(body, /</g) > 2 * ELEMENTS) throw new Refused('too_complex')
  if (count(body, /=\s*["']/g) > ATTRIBUTES) throw new Refused('too_complex')
  if (count(body, /<(?:[^\s<>/:]+:)?Reference[\s/>]/g) > 1) throw new Refused('too_complex')
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0
