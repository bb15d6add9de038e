import { attribute } from '../../../demo/bundid/saml/response.ts'
import { element, type Tree } from '../../../demo/bundid/saml/tree.ts'

const isTree = (child: Tree['children'][number]): child is Tree =>
  typeof child === 'object' && 'name' in child
const local = (tree: Tree): string => tree.name.split(':').at(-1) ?? ''

/** Changes every element of this local name below the root. */
export function at(name: string, change: (found: Tree) => Tree): (tree: Tree) => Tree {
  const visit = (tree: Tree): Tree => ({
    ...tree,
    children: tree.children.map((child) => {
      if (!isTree(child)) return child
      return local(child) === name ? change(child) : visit(child)
    }),
  })
  return visit
}

/** Removes every element of this local name below the root. */
export function without(name: string): (tree: Tree) => Tree {
  const visit = (tree: Tree): Tree => ({
    ...tree,
    children: tree.children
      .filter((child) => !isTree(child) || local(child) !== name)
      .map((child) => (isTree(child) ? visit(child) : child)),
  })
  return visit
}

/** Sets attributes of an element; undefined removes one. */
export const replaced = (
  name: string,
  attributes: Record<string, string | undefined>,
): ((tree: Tree) => Tree) =>
  at(name, (found) => element(found.name, { ...found.attributes, ...attributes }, ...found.children))

/** The child of this local name. */
export function child(tree: Tree, name: string): Tree {
  const found = tree.children.filter(isTree).find((one) => local(one) === name)
  if (!found) throw new Error(`no ${name}`)
  return found
}

/** An unsigned twin with an ID of its own. */
export const forged = (tree: Tree): Tree => ({
  ...tree,
  attributes: { ...tree.attributes, ID: '_forged' },
  children: tree.children.filter((one) => !isTree(one) || one.name !== 'ds:Signature'),
})

export const insert = (tree: Tree, ...more: Tree[]): Tree => ({
  ...tree,
  children: [...tree.children, ...more],
})

/** Gives an attribute of an assertion another value. */
export function valued(name: string, value: string): (tree: Tree) => Tree {
  return at('Attribute', (one) => (one.attributes.Name === name ? attribute('x', name, value) : one))
}

/** An element that was written already. */
export function rawRoot(xml: string): Tree {
  const [, name = '', rest = ''] = /^<([^\s>]+)([\s\S]*)$/.exec(xml) ?? []
  const open = rest.slice(0, rest.indexOf('>'))
  const declared = [...open.matchAll(/ ([\w:]+)="([^"]*)"/g)].map(
    ([, key = '', value = '']) => [key, value] as const,
  )
  const body = rest.slice(rest.indexOf('>') + 1, rest.lastIndexOf('</'))
  const attributes = declared.filter(([key]) => !key.startsWith('xmlns'))
  const declare = declared.filter(([key]) => key.startsWith('xmlns:')).map(([key]) => key.slice(6))
  return { name, attributes: Object.fromEntries(attributes), declare, children: [{ raw: body }] }
}
