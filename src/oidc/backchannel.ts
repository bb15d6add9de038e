import type { Provider } from 'oidc-provider'

/** Milliseconds before each attempt to reach an application. */
export const ATTEMPTS = [0, 2_000, 15_000, 60_000, 300_000]

export interface Delivery {
  attempts: readonly number[]
  /** Hears of an application that was not reached at all. */
  onGivenUp: (error: Error, clientId: string) => void
}

interface ClientPrototype {
  backchannelLogout(this: { clientId: string }, accountId: string, sid: string): Promise<void>
}

/**
 * Tells applications of a logout behind the person's back (OpenID Connect Back-Channel Logout 1.0): nobody waits
 * for an application that hangs, and one that is down is tried again, each time with a fresh token. What is still
 * to be told is not kept over a restart; the session's tokens have ended in any case.
 */
export function deliverLogouts(provider: Provider, { attempts, onGivenUp }: Delivery): void {
  const prototype = provider.Client.prototype as unknown as ClientPrototype
  const send = prototype.backchannelLogout
  prototype.backchannelLogout = async function (accountId, sid) {
    const attempt = (nth: number): void => {
      setTimeout(async () => {
        try {
          await send.call(this, accountId, sid)
        } catch (error) {
          if (nth + 1 < attempts.length) attempt(nth + 1)
          else onGivenUp(error as Error, this.clientId)
        }
      }, attempts[nth]).unref()
    }
    attempt(0)
  }
}
