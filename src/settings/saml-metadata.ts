import { X509Certificate } from 'node:crypto'
import { createRequire } from 'node:module'
import { IdPMetadata } from 'samlify'
import { isLoopback } from './schema-parts.ts'
import type { Federation } from './types.ts'

/** Of the DOM what is used here. */
interface Element {
  readonly namespaceURI: string | null
  textContent: string | null
  getAttribute(name: string): string
  getElementsByTagNameNS(namespace: string, name: string): ArrayLike<Element>
}

const { DOMParser } = createRequire(import.meta.url)('@xmldom/xmldom') as {
  DOMParser: new (options: {
    errorHandler: () => never
  }) => {
    parseFromString(xml: string, type: string): { documentElement: Element | null }
  }
}

const MD = 'urn:oasis:names:tc:SAML:2.0:metadata'
const DS = 'http://www.w3.org/2000/09/xmldsig#'

/**
 * Reads the metadata of one identity provider (SAML Metadata 2.4.3); a string says what is wrong with it. The keys are
 * not left to samlify: it takes a lone encryption certificate for a signing one, and loses those that name no use.
 */
export function identityProviderOf(xml: string): Federation['them'] | string {
  const root = parse(xml)
  const [role, ...more] = root ? all(root, 'IDPSSODescriptor') : []
  if (!root || !role || more.length > 0 || root.namespaceURI !== MD || !root.getAttribute('entityID'))
    return 'is not the metadata of one identity provider'
  const certificates = all(role, 'KeyDescriptor')
    .filter((key) => key.getAttribute('use') !== 'encryption')
    .flatMap((key) => Array.from(key.getElementsByTagNameNS(DS, 'X509Certificate')))
    .map((one) => pemOf(one.textContent ?? ''))
  if (certificates.length === 0 || !certificates.every((pem) => pem !== undefined))
    return 'has no signing certificate, or a broken one'
  const metadata = IdPMetadata(xml)
  const [post, redirect] = ['post', 'redirect'].map((name) =>
    addressOf(metadata.getSingleSignOnService(name)),
  )
  const sso = { ...(post ? { post } : {}), ...(redirect ? { redirect } : {}) }
  return { entityId: metadata.getEntityID(), sso, certificates }
}

function parse(xml: string): Element | undefined {
  if (/<!DOCTYPE|<!ENTITY/i.test(xml)) return undefined
  try {
    const errorHandler = (): never => {
      throw new Error('malformed')
    }
    return new DOMParser({ errorHandler }).parseFromString(xml, 'text/xml').documentElement ?? undefined
  } catch {
    return undefined
  }
}

const all = (element: Element, name: string): Element[] =>
  Array.from(element.getElementsByTagNameNS(MD, name))

/** An address of https, or on this machine. */
function addressOf(location: unknown): string | undefined {
  const url = URL.parse(String(location))
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return url.href
  return undefined
}

function pemOf(base64: string): string | undefined {
  try {
    return new X509Certificate(Buffer.from(base64, 'base64')).toString()
  } catch {
    return undefined
  }
}
