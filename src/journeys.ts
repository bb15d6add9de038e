import { availableParallelism } from 'node:os'
import { factorsFor } from './composition.ts'
import { createHasher } from './factors/password/hash.ts'
import type { Deps } from './journey/deps.ts'
import { tracedFactors } from './observe/tracing.ts'
import type { Running } from './running.ts'
import type { ClientSettings } from './settings/types.ts'

/** One that says how much it has to do. */
export type LoadedHasher = ReturnType<typeof createHasher>

/** What journeys are made of: the factors, and what policy and applications demand now. */
export function openJourneys(running: Running): { journey: Deps; hasher: LoadedHasher } {
  const { settings, live, observing, now } = running
  const { stores } = observing
  const hasher = openHasher(running)
  const plain = factorsFor(settings, {
    hasher,
    live,
    once: (id, until) => stores.consumed.once('saml assertion', id, until),
    now,
  })
  const journey: Deps = {
    stores,
    factors: tracedFactors(observing.tracing, plain),
    newcomers: (id) => settings.identityProviders[id]?.newcomers,
    policy: () => observing.applied(live().policy),
    clients: () => [...live().clients.values()].filter(signsIn),
    now,
    mails: settings.mail !== undefined,
    ...(settings.desk ? { desk: settings.desk } : {}),
    registration: () => live().registration,
    sessionIdle: settings.session.idle,
    sessionAbsolute: settings.session.absolute,
  }
  return { journey, hasher }
}

function openHasher({ settings, observing: { metrics } }: Running): LoadedHasher {
  // One core stays with the event loops: whoever types no password waits for nobody's hash.
  const atOnce = Math.ceil(Math.max(1, availableParallelism() - 1) / settings.workers)
  return createHasher({ ...settings.password, atOnce }, (waited, took) => {
    metrics.hashWaits.observe(waited / 1000)
    metrics.hashes.observe(took / 1000)
  })
}

/** Whether people sign in at it. */
const signsIn = (client: ClientSettings): boolean => client.grantTypes.includes('authorization_code')
