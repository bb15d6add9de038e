import { Refused } from './refused.ts'
import { attribute, below, type Element, elements, is, NS, only } from './xml.ts'

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const ENVELOPED = `${NS.ds}enveloped-signature`

export const ALGORITHMS = {
  signature: [
    'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  ],
  digest: [`${NS.xenc}sha256`],
} as const

/**
 * Holds a signed element to the one form in which a signature says what it seems to say: one signature, directly in
 * the root; one reference, to the root by its ID, of which there is one; transforms and algorithms from a closed list.
 * Everything a wrapping attack needs is missing then. Checked before any cryptography. Returns the signature.
 */
export function checkSignatureShape(root: Element): Element {
  if (below(root, 'ds', 'Signature').length !== 1) throw new Refused('signature')
  const signature = elements(root).find((element) => is(element, 'ds', 'Signature'))
  const id = attribute(root, 'ID')
  if (!signature || !id) throw new Refused('signature')
  checkUniqueIds(root)
  if (below(signature, 'ds', 'Object').length > 0) throw new Refused('structure')

  const info = only(signature, 'ds', 'SignedInfo')
  if (below(root, 'ds', 'SignedInfo').length !== 1) throw new Refused('structure')
  if (below(root, 'ds', 'Reference').length !== 1) throw new Refused('structure')
  const reference = only(info, 'ds', 'Reference')
  if (attribute(reference, 'URI') !== `#${id}`) throw new Refused('structure')

  allowed(only(info, 'ds', 'CanonicalizationMethod'), [EXCLUSIVE])
  allowed(only(info, 'ds', 'SignatureMethod'), ALGORITHMS.signature)
  allowed(only(reference, 'ds', 'DigestMethod'), ALGORITHMS.digest)
  const [enveloped, canonical, ...more] = elements(only(reference, 'ds', 'Transforms'))
  if (!enveloped || !canonical || more.length > 0) throw new Refused('algorithm')
  allowed(enveloped, [ENVELOPED])
  allowed(canonical, [EXCLUSIVE])
  return signature
}

export function allowed(element: Element, algorithms: readonly string[]): string {
  const algorithm = attribute(element, 'Algorithm') ?? ''
  if (!algorithms.includes(algorithm)) throw new Refused('algorithm')
  return algorithm
}

/** Whatever a verifier may take for an ID (`ID`, `Id`, `id`, `xml:id`) occurs once. */
function checkUniqueIds(root: Element): void {
  const seen = new Set<string>()
  const visit = (element: Element): void => {
    for (const { localName, name, value } of Array.from(element.attributes)) {
      if ((localName ?? name).toLowerCase() !== 'id') continue
      if (seen.has(value)) throw new Refused('structure')
      seen.add(value)
    }
    elements(element).forEach(visit)
  }
  visit(root)
}
