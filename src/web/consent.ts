import type { Live } from '../settings/types.ts'
import type { Views } from './views.ts'

/** What the consent page shows of scopes and APIs, and the purpose from the client's file. */
export function consentView(live: Live, clientId: string, items: readonly string[]): Views['steps/consent'] {
  const names = new Map(live.resources.map(({ identifier, name }) => [identifier, name]))
  const { purpose } = live.clients.get(clientId) ?? {}
  return {
    scopes: items.filter((item) => !names.has(item)),
    apis: items.flatMap((item) => names.get(item) ?? []),
    ...(purpose ? { purpose } : {}),
  }
}
