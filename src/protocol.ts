import type { Applications } from './applications.ts'
import { cookieKeys, derive, rotationOf } from './composition.ts'
import type { Deps } from './journey/deps.ts'
import { endSession } from './journey/sessions.ts'
import { countToken } from './observe/watch.ts'
import { createInteractions } from './oidc/interaction.ts'
import { type EndSession, observe } from './oidc/observe.ts'
import { createRotating } from './oidc/rotating.ts'
import type { Presentation } from './presentation.ts'
import type { Running } from './running.ts'
import { oidcPages } from './web/oidc-pages.ts'

/** The OpenID provider, and its pauses as the pages know them. */
export async function openProtocol(
  { settings, live, observing, log }: Running,
  journey: Deps,
  { relying, client, registry, clientRegistration }: Applications,
  { pages, errorPages }: Presentation,
) {
  const ended: EndSession = async (...session) => void (await endSession(journey, ...session))
  const rotating = await createRotating(
    {
      ...journey,
      rotation: rotationOf(settings),
      relying,
      issuer: settings.issuer,
      cookieKeys: cookieKeys(settings),
      client,
      pages: oidcPages(pages, errorPages),
      refreshTokenLifetime: settings.refreshTokenLifetime,
      apis: () => live().resources,
      clientRegistration,
      registry,
      details: settings.details ?? {},
      exchangeable: (api) => [...live().clients.values()].some(({ exchanges }) => exchanges?.includes(api)),
      privateHosts: () => live().privateHosts,
      mtls: settings.mtls,
      nonceSecret: derive(settings, 'dpop'),
    },
    (provider) => {
      provider.proxy = true
      const onError = (err: Error, requestId: string): void => log.error({ err, requestId })
      observe(provider, { ended, onError, tokens: countToken(observing.metrics) })
    },
  )
  const registered = async (id: string) => client(id) ?? registry.load(id)
  return { rotating, interactions: createInteractions(rotating.current, registered, ended) }
}
