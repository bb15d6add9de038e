import { randomBytes } from 'node:crypto'
import type { AuthnRequest } from './saml/request.ts'

const LIFETIME = 10 * 60_000

/** Requests that wait for somebody to choose; each is answered once. */
export class Pending {
  readonly #waiting = new Map<string, { request: AuthnRequest; until: number }>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  add(request: AuthnRequest): string {
    for (const [id, { until }] of this.#waiting) if (until < this.#now()) this.#waiting.delete(id)
    const id = randomBytes(16).toString('base64url')
    this.#waiting.set(id, { request, until: this.#now() + LIFETIME })
    return id
  }

  take(id: string): AuthnRequest | undefined {
    const found = this.#waiting.get(id)
    this.#waiting.delete(id)
    return found && found.until > this.#now() ? found.request : undefined
  }
}
