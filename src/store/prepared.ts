import { createHash } from 'node:crypto'
import type { Client } from 'pg'

const names = new Map<string, string>()

/** The same statement has the same name at every connection. */
function nameOf(text: string): string {
  const known = names.get(text)
  if (known) return known
  const name = createHash('sha256').update(text).digest('base64url')
  names.set(text, name)
  return name
}

/**
 * A client by which PostgreSQL parses each statement that has values once, and not each time. Statements must name the
 * columns they return: one with `*` fails at every open connection as soon as a migration adds a column (0A000).
 */
export function preparing(base: typeof Client): typeof Client {
  return class extends base {
    // The driver's overloads differ in what they return; this passes on what it is given.
    // biome-ignore lint/suspicious/noExplicitAny: as above
    override query(...args: any[]): any {
      const [text, values, ...callback] = args
      const ask = super.query.bind(this) as (...given: unknown[]) => unknown
      if (typeof text !== 'string' || !Array.isArray(values)) return ask(...args)
      return ask({ name: nameOf(text), text, values }, ...callback)
    }
  } as typeof Client
}
