import type { Pause } from '../oidc/interaction.ts'
import type { Live, Settings } from '../settings/types.ts'
import type { DetailView, Views } from './views.ts'

/** What a person sees of an application's access. */
export interface Access {
  name: string
  scopes: string[]
  apis: string[]
  purpose?: Readonly<Record<string, string>>
}

/** The same for an application that a person has been at: what was agreed to, or what its file allows it unasked. */
export function accessView(live: Live, clientId: string, consented: readonly string[]): Access {
  const client = live.clients.get(clientId)
  const proven = client?.verifiedClaims?.map((name) => `identity.${name}`) ?? []
  const scopes = (client?.scope ?? []).flatMap((scope) => (scope === 'identity' ? proven : [scope]))
  const unasked = client ? [...scopes, ...Object.keys(client.resources)] : []
  const items = consented.length > 0 ? consented : unasked
  return { name: client?.name ?? clientId, ...consentView(live, clientId, items) }
}

/** What the consent page shows of scopes and APIs, and the purpose from the client's file. */
export function consentView(
  live: Live,
  clientId: string,
  items: readonly string[],
  details: DetailView[] = [],
): Views['steps/consent'] {
  const names = new Map(live.resources.map(({ identifier, name }) => [identifier, name]))
  const { purpose } = live.clients.get(clientId) ?? {}
  return {
    scopes: items.filter((item) => !names.has(item)),
    details,
    apis: items.flatMap((item) => names.get(item) ?? []),
    ...(purpose ? { purpose } : {}),
  }
}

/** Each action with the operator's sentence for it. */
export const detailed = (
  types: NonNullable<Settings['details']>,
  details: NonNullable<Pause['details']>,
): DetailView[] =>
  details.flatMap(({ type, actions, identifier }) =>
    actions.map((action) => ({
      sentence: types[type]?.actions[action] ?? {},
      ...(identifier ? { identifier } : {}),
    })),
  )
