import { createHash } from 'node:crypto'
import type { Ephemeral } from '../journey/ports.ts'
import type { Seal } from './seal.ts'

/**
 * Seals what a short-lived store keeps, and hides its keys. A change compares what is stored, so it first looks
 * whether that still opens to the value the caller read; whoever comes between makes the change fail.
 */
export function sealedEphemeral(inner: Ephemeral, seal: Seal): Ephemeral {
  const hidden = (key: string): string => createHash('sha256').update(key).digest('base64url')
  const place = (key: string): string => `ephemeral|value|${key}`
  return {
    async get(keys) {
      const values = await inner.get(keys.map(hidden))
      return values.map((value, i) =>
        value === undefined ? undefined : seal.open(value, place(keys[i] ?? '')),
      )
    },
    put: (key, value, ttl) => inner.put(hidden(key), seal.seal(value, place(key)), ttl),
    create: (key, value, ttl) => inner.create(hidden(key), seal.seal(value, place(key)), ttl),
    async replace(key, value, next) {
      const [stored] = await inner.get([hidden(key)])
      if (stored === undefined || seal.open(stored, place(key)) !== value) return false
      return inner.replace(hidden(key), stored, next === null ? null : seal.seal(next, place(key)))
    },
    delete: (keys) => inner.delete(keys.map(hidden)),
  }
}
