import { createRequire } from 'node:module'
import { Refused } from './refused.ts'

/** Of the DOM (W3C DOM Level 2) what is used here; the parser's own types would bring the browser's into all code. */
export interface Element {
  readonly nodeType: number
  readonly localName: string
  readonly namespaceURI: string | null
  readonly childNodes: ArrayLike<Element>
  readonly attributes: ArrayLike<{ name: string; localName: string; value: string }>
  readonly textContent: string | null
  getAttribute(name: string): string | null
  hasAttribute(name: string): boolean
  getElementsByTagNameNS(namespace: string, name: string): ArrayLike<Element>
  toString(): string
}

interface ParserModule {
  DOMParser: new (options: {
    errorHandler: (level: string, message: string) => void
  }) => { parseFromString(xml: string, type: string): { documentElement: Element | null } }
}

const { DOMParser } = createRequire(import.meta.url)('@xmldom/xmldom') as ParserModule

export const NS = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  ds: 'http://www.w3.org/2000/09/xmldsig#',
  xenc: 'http://www.w3.org/2001/04/xmlenc#',
  xenc11: 'http://www.w3.org/2009/xmlenc11#',
} as const

export type Space = keyof typeof NS

/** The root element. What the parser would only warn of is refused. */
export function parse(xml: string): Element {
  const parser = new DOMParser({
    errorHandler: () => {
      throw new Refused('malformed')
    },
  })
  const root = parser.parseFromString(xml, 'text/xml').documentElement
  if (!root) throw new Refused('malformed')
  return root
}

const ELEMENT = 1

export const elements = (parent: Element): Element[] =>
  Array.from(parent.childNodes).filter((node) => node.nodeType === ELEMENT)

export const is = (element: Element, space: Space, name: string): boolean =>
  element.localName === name && element.namespaceURI === NS[space]

/** Child elements of this name, in document order. */
export const children = (parent: Element, space: Space, name: string): Element[] =>
  elements(parent).filter((child) => is(child, space, name))

/** The only child of this name, or undefined; two of them are refused. */
export function child(parent: Element, space: Space, name: string): Element | undefined {
  const found = children(parent, space, name)
  if (found.length > 1) throw new Refused('structure')
  return found[0]
}

/** The one child of this name; none or two of them are refused. */
export function only(parent: Element, space: Space, name: string): Element {
  const found = child(parent, space, name)
  if (!found) throw new Refused('structure')
  return found
}

/** Elements of this name anywhere below. */
export const below = (root: Element, space: Space, name: string): Element[] =>
  Array.from(root.getElementsByTagNameNS(NS[space], name))

export const attribute = (element: Element, name: string): string | undefined =>
  element.hasAttribute(name) ? (element.getAttribute(name) ?? undefined) : undefined

/** All text below, untrimmed: comments and the like have been refused before, so nothing splits it. */
export const text = (element: Element): string => element.textContent ?? ''
