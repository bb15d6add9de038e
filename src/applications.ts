import { registrationOf } from './composition.ts'
import { createRegistry } from './oidc/registration.ts'
import { registeredOn, relyingOn } from './own-pages.ts'
import type { ClientSettings, Live, Settings } from './settings/types.ts'
import type { OpenStores } from './store/index.ts'

export type Applications = ReturnType<typeof openApplications>

/** The applications there are: those of the files as they are now, those that registered themselves, and our own pages. */
export function openApplications(settings: Settings, stores: OpenStores['stores'], live: () => Live) {
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
  const client = registeredOn(settings.issuer, settings.desk, settled)
  return { relying, client, settled, registry, clientRegistration }
}
