import { constants, createHash, sign } from 'node:crypto'
import { element, PREFIX, type Tree, write } from './tree.ts'

export interface SigningKey {
  key: string
  certificate: string
}

export interface SignOptions {
  method?: string
  digest?: string
  canonicalization?: string
  transforms?: Tree[]
  reference?: string
  /** KeyInfo with this certificate; null leaves it out. */
  keyInfo?: string | null
  /** The hash the signature value is made with. */
  hash?: string
}

export const PSS = 'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1'
export const EXCLUSIVE = PREFIX.ec ?? ''
export const ENVELOPED = `${PREFIX.ds}enveloped-signature`
const SHA256 = `${PREFIX.xenc}sha256`

/** Signs a tree by its ID with an enveloped signature, put after its first child, the Issuer. */
export function signTree(tree: Tree, { key, certificate }: SigningKey, options: SignOptions = {}): Tree {
  const [issuer, ...rest] = tree.children
  if (issuer === undefined) throw new Error('nothing to sign')
  return { ...tree, children: [issuer, signatureOf(tree, key, certificate, options), ...rest] }
}

export function signatureOf(tree: Tree, key: string, certificate: string, options: SignOptions): Tree {
  const { method = PSS, digest = SHA256, canonicalization = EXCLUSIVE, keyInfo = certificate } = options
  const hash = options.hash ?? 'sha256'
  const value = createHash(digest.endsWith('sha1') ? 'sha1' : 'sha256')
    .update(write(tree))
    .digest('base64')
  const info = element(
    'ds:SignedInfo',
    {},
    element('ds:CanonicalizationMethod', { Algorithm: canonicalization }),
    element('ds:SignatureMethod', { Algorithm: method }),
    element(
      'ds:Reference',
      { URI: options.reference ?? `#${tree.attributes.ID}` },
      element('ds:Transforms', {}, ...(options.transforms ?? usual(tree))),
      element('ds:DigestMethod', { Algorithm: digest }),
      element('ds:DigestValue', {}, value),
    ),
  )
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  const signature = sign(hash, Buffer.from(write(info)), { key, ...(method === PSS ? pss : {}) })
  const named = keyInfo === null ? [] : [keyInfoOf(keyInfo)]
  return element(
    'ds:Signature',
    {},
    info,
    element('ds:SignatureValue', {}, signature.toString('base64')),
    ...named,
  )
}

const usual = ({ declare = [] }: Tree): Tree[] => [
  element('ds:Transform', { Algorithm: ENVELOPED }),
  element(
    'ds:Transform',
    { Algorithm: EXCLUSIVE },
    ...(declare.length > 0 ? [element('ec:InclusiveNamespaces', { PrefixList: declare.join(' ') })] : []),
  ),
]

const keyInfoOf = (certificate: string): Tree =>
  element(
    'ds:KeyInfo',
    {},
    element(
      'ds:X509Data',
      {},
      element('ds:X509Certificate', {}, certificate.replace(/-----[^-]+-----|\s/g, '')),
    ),
  )
