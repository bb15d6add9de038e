import { createHmac, hkdfSync } from 'node:crypto'
import type { RingKey } from './seal.ts'

/**
 * Keyed digests of codes that people type, for one purpose: the first is written, any of them is found, so that codes
 * outlive a change of the key ring.
 */
export function digestsOf(ring: readonly RingKey[], purpose: string): (code: string) => string[] {
  const keys = ring.map(({ key }) => Buffer.from(hkdfSync('sha256', key, '', `pforte|${purpose}`, 32)))
  return (code) => keys.map((key) => createHmac('sha256', key).update(code).digest('base64url'))
}
