import { decide } from '../domain/decide.ts'
import type { Deps, Relying } from './deps.ts'
import { load, saveSession } from './evidence.ts'
import { gather } from './facts.ts'
import type { Own } from './ports.ts'

export type { Own } from './ports.ts'

/**
 * The account a session may see and, with `confirm`, change: the same question that the gate asks, put anew at each
 * request. Undefined where the session has not proven enough, or not freshly, or was ended.
 */
export async function own(
  deps: Deps,
  client: Relying,
  { accountId, sessionUid }: { accountId: string; sessionUid: string },
  confirm: boolean,
): Promise<Own | undefined> {
  const { session } = await load(deps, undefined, sessionUid)
  if (session?.accountId !== accountId) return undefined
  const asked = { acrValues: [], essential: false, reauthenticate: false, interactive: false, confirm }
  const { account, credentials, facts } = await gather(deps, client, asked, session, undefined)
  if (!account || decide(facts).kind !== 'done') return undefined
  // A shared computer is left when nothing is done any more, here as well as on the way to an application.
  if (session.shared) await saveSession(deps, sessionUid, session, deps.sessionIdle)
  return { account, credentials }
}
