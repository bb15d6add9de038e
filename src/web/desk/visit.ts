import { randomBytes } from 'node:crypto'
import type { Desk } from '../../domain/desk.ts'
import { AppError } from '../../domain/errors.ts'
import { type Case, type Officer, openCase, refuse } from '../../journey/desk.ts'
import type { NetworkOf } from '../networks.ts'
import { type RoutedContext, type SelfDeps, type SelfVisit, selfVisits, type Terms } from '../self-visit.ts'

export interface DeskDeps extends SelfDeps {
  desk: Desk
  networkOf: NetworkOf
  /** Where people begin who have a sheet. */
  start: string
}

/** One request of an officer, at a site. */
export interface DeskVisit extends SelfVisit {
  officer: Officer
}

export type DeskHandler = (at: DeskVisit) => Promise<void> | void

/** Seconds for which a case stays open. */
const CASE = 30 * 60

/** Lets officers through who are at a site of the desk; everybody else is told why not, and put on record. */
export function deskVisits(deps: DeskDeps) {
  const { journey, pages, desk, networkOf } = deps
  const { get, post, callback } = selfVisits(deps)

  const closed = async (
    ctx: RoutedContext,
    officer: Parameters<typeof refuse>[1],
    why: 'not_staff' | 'no_site' | 'suspended',
  ): Promise<void> => {
    await refuse(journey, officer, why)
    pages.show(ctx, 'desk/closed', { why }, { status: 403 })
  }

  const officers =
    (handler: DeskHandler) =>
    async (at: SelfVisit): Promise<void> => {
      const { ctx, account, requestId } = at
      const { site } = networkOf(String(ctx.state.address))
      if (account.group !== desk.group) return closed(ctx, { account, requestId }, 'not_staff')
      if (site === undefined || !desk.sites.includes(site))
        return closed(ctx, { account, requestId }, 'no_site')
      return handler({ ...at, officer: { account, site, requestId } })
    }

  /** A locked account is let through nowhere; here it is put on record that it was tried. */
  const unlocked =
    (handler: (ctx: RoutedContext) => Promise<void>) =>
    async (ctx: RoutedContext): Promise<void> => {
      const session = await deps.sessions.current(ctx)
      const account = session && (await journey.stores.accounts.byId(session.login.accountId))
      if (!account?.locked) return handler(ctx)
      return closed(ctx, { account, requestId: String(ctx.state.requestId) }, 'suspended')
    }

  return {
    get: (handler: DeskHandler, terms: Terms = {}) => unlocked(get(officers(handler), terms)),
    post: (handler: DeskHandler, terms: Terms = {}) => unlocked(post(officers(handler), terms)),
    callback,
  }
}

const keyOf = (id: string): string => `desk-case:${id}`

/** Opens an account to this officer: its id stands in no address, and no other address leads to it. */
export async function goToCase({ journey }: DeskDeps, at: DeskVisit, accountId: string): Promise<void> {
  const id = randomBytes(16).toString('base64url')
  const held = JSON.stringify({ accountId, officer: at.officer.account.id })
  await journey.stores.ephemeral.put(keyOf(id), held, CASE)
  at.goTo(`/desk/case/${id}`)
}

/** The case that the address names; another officer's is not found. */
export async function caseOf({ journey }: DeskDeps, { ctx, officer }: DeskVisit): Promise<Case> {
  const [raw] = await journey.stores.ephemeral.get([keyOf(ctx.params.id ?? '')])
  const held = raw === undefined ? undefined : (JSON.parse(raw) as { accountId: string; officer: string })
  const found = held?.officer === officer.account.id ? await openCase(journey, held.accountId) : undefined
  if (!found) throw new AppError('not_found')
  return found
}
