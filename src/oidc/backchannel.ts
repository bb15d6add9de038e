import type { Provider } from 'oidc-provider'
import { type Job, repeat } from '../jobs/repeat.ts'
import type { Logout, Logouts } from '../journey/ports.ts'

/** Milliseconds before each attempt to reach an application. */
export const ATTEMPTS = [0, 2_000, 15_000, 60_000, 300_000, 1_800_000, 7_200_000]

const PAUSE_MS = 500
/** How many applications are told at the same time; one that hangs keeps its place for two and a half seconds. */
const AT_ONCE = 100

export interface Delivery {
  logouts: Logouts
  attempts: readonly number[]
  /** Hears of an application that was not reached at all. */
  onGivenUp: (error: unknown, clientId: string) => void
  /** Hears of a store that does not answer. */
  onError: (error: unknown) => void
}

interface LogoutClient {
  clientId: string
  backchannelLogoutUri?: string
  backchannelLogout(accountId: string, sid: string): Promise<void>
  /** What the library's own method does. */
  sendLogout(accountId: string, sid: string): Promise<void>
}

/** The library's own logouts are put with those of the account pages: one queue, one sender. */
export function queueLogouts(provider: Provider, logouts: Logouts): void {
  const prototype = provider.Client.prototype as unknown as LogoutClient
  prototype.sendLogout = prototype.backchannelLogout
  prototype.backchannelLogout = function (accountId, sid) {
    return logouts.add({ accountId, clientId: this.clientId, sid })
  }
}

/**
 * Tells applications of a logout behind the person's back (OpenID Connect Back-Channel Logout 1.0): nobody waits for an
 * application that hangs, and one that is down is tried again, each time with a fresh token.
 */
export function startLogouts(provider: () => Provider, delivery: Delivery): Job {
  const tell = async ({ accountId, clientId, sid }: Logout): Promise<void> => {
    const client = (await provider().Client.find(clientId)) as unknown as LogoutClient | undefined
    if (client?.backchannelLogoutUri) await client.sendLogout(accountId, sid)
  }
  const running = new Set<Promise<void>>()
  const sendDue = async (): Promise<boolean> => {
    const due = running.size < AT_ONCE ? await delivery.logouts.claim(AT_ONCE - running.size) : []
    for (const logout of due) {
      const one = deliver(logout, tell, delivery)
        .catch(delivery.onError)
        .finally(() => running.delete(one))
      running.add(one)
    }
    return due.length > 0
  }
  const job = repeat(sendDue, PAUSE_MS, delivery.onError)
  return {
    async stop() {
      await job.stop()
      await Promise.all(running)
    },
  }
}

async function deliver(
  logout: Logout,
  tell: (logout: Logout) => Promise<void>,
  { logouts, attempts, onGivenUp }: Delivery,
): Promise<void> {
  try {
    await tell(logout)
  } catch (error) {
    const wait = attempts[logout.tries]
    if (wait !== undefined) return logouts.later(logout.id, wait / 1000)
    onGivenUp(error, logout.clientId)
  }
  await logouts.done(logout.id)
}
