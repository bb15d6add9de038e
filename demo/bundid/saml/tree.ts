import { inAttribute, inText } from './escape.ts'

/** Namespace prefixes as BundID writes them. */
export const PREFIX: Record<string, string> = {
  saml2p: 'urn:oasis:names:tc:SAML:2.0:protocol',
  saml2: 'urn:oasis:names:tc:SAML:2.0:assertion',
  ds: 'http://www.w3.org/2000/09/xmldsig#',
  ec: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  xenc: 'http://www.w3.org/2001/04/xmlenc#',
  xenc11: 'http://www.w3.org/2009/xmlenc11#',
  md: 'urn:oasis:names:tc:SAML:2.0:metadata',
  akdb: 'https://www.akdb.de/request/2018/09',
  xsd: 'http://www.w3.org/2001/XMLSchema',
  xsi: 'http://www.w3.org/2001/XMLSchema-instance',
}

/** An element; a string among its children is text, `raw` is XML that was written before. */
export interface Tree {
  name: string
  attributes: Record<string, string>
  children: (Tree | string | { raw: string })[]
  /** Prefixes to declare here although only values use them (InclusiveNamespaces). */
  declare?: string[]
}

export const element = (
  name: string,
  attributes: Record<string, string | undefined> = {},
  ...children: Tree['children']
): Tree => ({
  name,
  attributes: Object.fromEntries(
    Object.entries(attributes).filter(([, value]) => value !== undefined),
  ) as Record<string, string>,
  children,
})

/**
 * Writes a tree in the form Exclusive XML Canonicalization gives: each prefix declared where it is first used,
 * declarations before attributes, both sorted, no empty-element tags. So what is digested is what is sent.
 */
export function write(tree: Tree, scope: ReadonlySet<string> = new Set()): string {
  const names = [tree.name, ...Object.keys(tree.attributes)]
  const used = [
    ...names.filter((n) => n.includes(':')).map((n) => n.split(':')[0] ?? ''),
    ...(tree.declare ?? []),
  ]
  const fresh = [...new Set(used)].filter((prefix) => !scope.has(prefix)).sort()
  const declared = fresh.map((prefix) => ` xmlns:${prefix}="${PREFIX[prefix]}"`)
  const attributes = Object.entries(tree.attributes)
    .sort(([a], [b]) => compare(sortKey(a), sortKey(b)))
    .map(([name, value]) => ` ${name}="${inAttribute(value)}"`)
  const inner = new Set([...scope, ...fresh])
  const content = tree.children.map((child) =>
    typeof child === 'string' ? inText(child) : 'raw' in child ? child.raw : write(child, inner),
  )
  return `<${tree.name}${declared.join('')}${attributes.join('')}>${content.join('')}</${tree.name}>`
}

/** Attributes without a namespace come first, then by namespace and local name. */
function sortKey(name: string): string {
  const [prefix = '', local] = name.includes(':') ? name.split(':') : ['', name]
  return `${PREFIX[prefix] ?? ''} ${local}`
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
