import { NOTHING, type Requirement } from './domain/assurance.ts'
import type { Desk } from './domain/desk.ts'
import type { Relying } from './journey/deps.ts'
import { ACCOUNT_CLIENT, DESK_CLIENT, isOurs, ownClient, type Registered } from './oidc/clients.ts'
import type { Rotating } from './oidc/rotating.ts'
import { createSelf } from './oidc/self.ts'
import type { Settings } from './settings/types.ts'
import { accountRoutes } from './web/account/index.ts'
import type { AccountDeps } from './web/account/visit.ts'
import { deskRoutes } from './web/desk/index.ts'
import type { DeskDeps } from './web/desk/visit.ts'
import { createSelfSessions } from './web/self-session.ts'

type Shared = Pick<AccountDeps, 'journey' | 'csrf' | 'pages' | 'access'> &
  Pick<DeskDeps, 'networkOf'> & { relying: (clientId: string) => Relying }

/** The pages that are relying parties of the provider itself: one's own account and, where there is one, the desk. */
export function ownPages(
  { issuer, session, desk, accountDeletion }: Settings,
  provider: Rotating['current'],
  { networkOf, relying, access, ...shared }: Shared,
) {
  const { ephemeral } = shared.journey.stores
  const secure = issuer.startsWith('https:')
  const sessionsOf = (name: string, self: AccountDeps['self'], idle: number, slides: boolean) =>
    createSelfSessions({ name, ephemeral, self, secure, idle, slides })

  const self = createSelf(provider, issuer, ACCOUNT_CLIENT)
  const account = accountRoutes({
    ...shared,
    self,
    access,
    sessions: sessionsOf('account', self, session.idle, false),
    client: relying(ACCOUNT_CLIENT),
    base: '/account',
    deletion: accountDeletion,
  })
  if (!desk) return { account, desk: undefined }
  return {
    account,
    desk: deskRoutes({
      ...shared,
      desk,
      networkOf,
      sessions: sessionsOf('desk', createSelf(provider, issuer, DESK_CLIENT), desk.idle, true),
      client: relying(DESK_CLIENT),
      base: '/desk',
      fresh: true,
      start: `${new URL(issuer).host}/account`,
    }),
  }
}

/** All relying parties: these pages, and those that files or they themselves have registered. */
export const registeredOn =
  (issuer: string, desk: Desk | undefined, settled: (id: string) => Registered | undefined) =>
  (id: string): Registered | undefined => {
    if (!isOurs(id)) return settled(id)
    return id === DESK_CLIENT && !desk ? undefined : ownClient(issuer, id)
  }

/** What relying parties always demand. The desk takes nothing that can be phished, nor what was proven long ago. */
export const relyingOn =
  (desk: Desk | undefined, requirementOf: (clientId: string) => Requirement | undefined) =>
  (clientId: string): Relying => {
    const requirement =
      desk && clientId === DESK_CLIENT
        ? { ...NOTHING, distinctKinds: 2 as const, phishingResistant: true, maxAge: desk.absolute }
        : requirementOf(clientId)
    return { clientId, ...(requirement ? { requirement } : {}) }
  }
