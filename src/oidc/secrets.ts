import { createHash, timingSafeEqual } from 'node:crypto'
import type { Provider } from 'oidc-provider'
import type { Registered } from './clients.ts'

interface ClientPrototype {
  compareClientSecret(this: { clientId: string }, given: string): boolean
}

/** Either of a client's two secrets is accepted, so that one can be replaced while the other is in use. */
export function acceptBothSecrets(
  provider: Provider,
  find: (clientId: string) => Registered | undefined,
): void {
  const prototype = provider.Client.prototype as unknown as ClientPrototype
  prototype.compareClientSecret = function (given) {
    const { secret, nextSecret } = find(this.clientId) ?? {}
    // Both are always compared: the time says neither which one fits nor how much of it.
    const fits = [secret, nextSecret].map((one) => one !== undefined && equal(one, given))
    return fits.includes(true)
  }
}

const equal = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))

const digest = (value: string): Buffer => createHash('sha256').update(value).digest()
