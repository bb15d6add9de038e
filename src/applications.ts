import { registrationOf } from './composition.ts'
import { DESK_CLIENT, isOurs, ownClient, type Registered } from './oidc/clients.ts'
import { createRegistry } from './oidc/registration.ts'
import { relyingOn } from './own-pages.ts'
import type { ClientSettings, Live, Settings } from './settings/types.ts'
import type { OpenStores } from './store/index.ts'

/** The applications there are: those of the files as they are now, those that registered themselves, and our own pages. */
export function applications(settings: Settings, stores: OpenStores['stores'], live: () => Live) {
  const relying = relyingOn(settings.desk, (clientId) => live().clients.get(clientId)?.requirement)
  const clientRegistration =
    settings.clientRegistration &&
    registrationOf(settings.clientRegistration, stores, () => [
      live().operator.name,
      ...[...live().clients.values()].map(({ name }) => name),
    ])
  const registry = createRegistry(clientRegistration)
  const settled = (id: string): ClientSettings | undefined =>
    live().clients.get(id) ?? (registry.known(id) as ClientSettings | undefined)
  const own = (id: string): Registered | undefined =>
    id === DESK_CLIENT && !settings.desk ? undefined : ownClient(settings.issuer, id)
  const client = (id: string): Registered | undefined => (isOurs(id) ? own(id) : settled(id))
  return { relying, client, settled, registry, clientRegistration }
}
