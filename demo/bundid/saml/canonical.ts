import { createRequire } from 'node:module'
import { inAttribute, inText } from './escape.ts'

/** Of the DOM what is used here. */
export interface Node {
  nodeType: number
  nodeName: string
  nodeValue: string | null
  localName: string
  prefix: string | null
  namespaceURI: string | null
  childNodes: ArrayLike<Node>
  attributes: ArrayLike<Node & { value: string }>
  parentNode: Node | null
  textContent: string | null
  getAttribute(name: string): string
  lookupNamespaceURI(prefix: string): string | null
}

const { DOMParser } = createRequire(import.meta.url)('@xmldom/xmldom') as {
  DOMParser: new (options: {
    errorHandler: (level: string, message: string) => void
  }) => { parseFromString(xml: string, type: string): { documentElement: Node } }
}

export function parse(xml: string): Node {
  const errorHandler = (_: string, message: string): never => {
    throw new Error(message)
  }
  return new DOMParser({ errorHandler }).parseFromString(xml, 'text/xml').documentElement
}

const [ELEMENT, TEXT, CDATA] = [1, 3, 4]

export const elements = (node: Node): Node[] =>
  Array.from(node.childNodes).filter((n) => n.nodeType === ELEMENT)

/** The element at a path of local names below. */
export function find(node: Node, ...path: string[]): Node | undefined {
  const [first, ...rest] = path
  if (first === undefined) return node
  const next = elements(node).find((child) => child.localName === first)
  return next && find(next, ...rest)
}

/** Exclusive XML Canonicalization 1.0 without comments of an element, some child of the root left out. */
export function canonical(
  node: Node,
  without?: Node,
  declared: ReadonlyMap<string, string> = new Map(),
): string {
  const attributes = Array.from(node.attributes).filter((a) => a.nodeName !== 'xmlns' && a.prefix !== 'xmlns')
  const used = new Set([node.prefix ?? '', ...attributes.flatMap((a) => (a.prefix ? [a.prefix] : []))])
  const fresh = [...used]
    .map((prefix) => [prefix, node.lookupNamespaceURI(prefix) ?? ''] as const)
    .filter(([prefix, uri]) => (declared.get(prefix) ?? '') !== uri)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const names = fresh.map(([prefix, uri]) => ` ${prefix ? `xmlns:${prefix}` : 'xmlns'}="${inAttribute(uri)}"`)
  const values = attributes
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .map((a) => ` ${a.nodeName}="${inAttribute(a.value)}"`)
  const scope = new Map([...declared, ...fresh])
  const content = Array.from(node.childNodes).map((child) => {
    if (child === without) return ''
    if (child.nodeType === ELEMENT) return canonical(child, without, scope)
    return child.nodeType === TEXT || child.nodeType === CDATA ? inText(child.nodeValue ?? '') : ''
  })
  return `<${node.nodeName}${names.join('')}${values.join('')}>${content.join('')}</${node.nodeName}>`
}

const keyOf = (attribute: Node): string =>
  `${attribute.prefix ? attribute.namespaceURI : ''} ${attribute.localName}`
