import { SignedXml } from 'xml-crypto'
import { Refused } from './refused.ts'
import { ALGORITHMS, checkSignatureShape } from './shape.ts'
import { type Element, parse } from './xml.ts'

/**
 * Verifies the root's signature with one of the pinned certificates (PEM) and returns the root anew, parsed from the
 * very bytes that were digested. What KeyInfo says is never looked at.
 */
export function verified(xml: string, certificates: readonly string[]): Element {
  const signature = checkSignatureShape(parse(xml))
  for (const certificate of certificates) {
    const signed = signedBytes(xml, signature, certificate)
    if (signed !== undefined) return parse(signed)
  }
  throw new Refused('signature')
}

function signedBytes(xml: string, signature: Element, publicCert: string): string | undefined {
  const verifier = new SignedXml({ publicCert, getCertFromKeyInfo: () => null })
  verifier.SignatureAlgorithms = pick(verifier.SignatureAlgorithms, ALGORITHMS.signature)
  verifier.HashAlgorithms = pick(verifier.HashAlgorithms, ALGORITHMS.digest)
  try {
    verifier.loadSignature(signature as never)
    if (!verifier.checkSignature(xml)) return undefined
  } catch {
    return undefined
  }
  const references = verifier.getSignedReferences()
  return references.length === 1 ? references[0] : undefined
}

const pick = <T>(from: Record<string, T>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)))
