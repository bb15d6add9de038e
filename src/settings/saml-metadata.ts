import { X509Certificate } from 'node:crypto'
import { createRequire } from 'node:module'
import { isLoopback } from './schema.ts'
import type { Federation } from './types.ts'

/** Of the DOM what is used here. */
interface Element {
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
const BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-'

/** Reads the metadata of one identity provider (SAML Metadata 2.4.3); a string says what is wrong with it. */
export function identityProviderOf(xml: string): Federation['them'] | string {
  const root = parse(xml)
  const [role, ...more] = root ? all(root, MD, 'IDPSSODescriptor') : []
  const entityId = root?.getAttribute('entityID')
  if (!root || !role || more.length > 0 || !entityId) return 'is not the metadata of one identity provider'
  const certificates = all(role, MD, 'KeyDescriptor')
    .filter((key) => key.getAttribute('use') !== 'encryption')
    .flatMap((key) => all(key, DS, 'X509Certificate').map((one) => pemOf(one.textContent ?? '')))
  if (certificates.length === 0 || !certificates.every((pem) => pem !== undefined))
    return 'has no signing certificate, or a broken one'
  const [post, redirect] = ['POST', 'Redirect'].map((binding) => addressOf(role, BINDING + binding))
  return { entityId, sso: { ...(post ? { post } : {}), ...(redirect ? { redirect } : {}) }, certificates }
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

const all = (element: Element, namespace: string, name: string): Element[] =>
  Array.from(element.getElementsByTagNameNS(namespace, name))

/** The address of a binding: https, or on this machine. */
function addressOf(role: Element, binding: string): string | undefined {
  const service = all(role, MD, 'SingleSignOnService').find((one) => one.getAttribute('Binding') === binding)
  const url = URL.parse(service?.getAttribute('Location') ?? '')
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
