import { createHash } from 'node:crypto'
import { AppError } from '../../domain/errors.ts'
import type { Credential, Factor } from '../../domain/factor.ts'
import type { SessionRow } from '../../journey/ports.ts'
import { remove } from '../../journey/remove.ts'
import { rename } from '../../journey/rename.ts'
import { endOtherSessions, endSession } from '../../journey/sessions.ts'
import { itemOf, methodsOf, remaining } from './methods.ts'
import { type AccountDeps, accountVisits, type Handler, type RoutedContext, type Visit } from './visit.ts'

/** „Kontoeinstellungen“: what a person sees and changes of the ways to sign in. Every POST ends in a redirect. */
export function accountRoutes(deps: AccountDeps) {
  const { journey, pages, self } = deps
  const { get, post } = accountVisits(deps)

  const day =
    ({ ctx }: Visit) =>
    (at: number) =>
      pages.day(ctx, at)

  /** The credential the address names; another account's is not found. */
  const named = ({ ctx, credentials }: Visit): { credential: Credential; factor: Factor } => {
    const credential = credentials.find((c) => c.id === ctx.params.id)
    const factor = credential && journey.factors.get(credential.factor)
    if (!factor) throw new AppError('not_found')
    return { credential, factor }
  }

  const overview: Handler = (at) => {
    const methods = methodsOf(at, journey.factors.values(), day(at))
    at.show('account/security', { methods, username: at.account.username })
  }

  const showRename = (at: Visit, options = {}): void => {
    const { credential, factor } = named(at)
    if (!factor.rename) throw new AppError('not_found')
    at.show('account/rename', { item: itemOf(credential, factor, day(at)) }, options)
  }

  const submitRename: Handler = async (at) => {
    const { credential, factor } = named(at)
    const outcome = await rename(journey, at, credential, at.fields.name ?? '', at.requestId)
    if (outcome === 'renamed') return at.goTo('/account')
    const { code, params } = outcome
    const error = { key: `${factor.id}.err.${code}`, field: 'name', ...(params ? { params } : {}) }
    showRename(at, { status: 422, errors: [error], values: { name: at.fields.name ?? '' } })
  }

  const showRemove = (at: Visit, options = {}): void => {
    const { credential, factor } = named(at)
    if (!factor.enrollable) throw new AppError('not_found')
    const rest = remaining(at, credential.id, pages.language(at.ctx).t)
    at.show('account/remove', { item: itemOf(credential, factor, day(at)), factor: factor.id, rest }, options)
  }

  const submitRemove: Handler = async (at) => {
    const { credential, factor } = named(at)
    if (!factor.enrollable) throw new AppError('not_found')
    const outcome = await remove(journey, at.account, credential.id, at.requestId, at.login.sessionUid)
    if (outcome === 'needed') return showRemove(at, { status: 422, errors: [{ key: 'set.last' }] })
    if (outcome === 'unknown') throw new AppError('not_found')
    at.goTo('/account')
  }

  const openSessions = async ({ account, login }: Visit): Promise<SessionRow[]> => {
    const all = await journey.stores.sessions.ofAccount(account.id)
    const alive = await Promise.all(all.map((s) => self.alive({ accountId: account.id, sessionUid: s.uid })))
    return all
      .filter((s, i) => alive[i] && (s.endedAt ?? -Infinity) < s.lastSeenAt)
      .sort((a, b) => Number(b.uid === login.sessionUid) - Number(a.uid === login.sessionUid))
  }

  const showSessions: Handler = async (at) => {
    const sessions = (await openSessions(at)).map((s) => ({
      id: nameOf(s.uid),
      browser: s.browser,
      system: s.system,
      seen: pages.moment(at.ctx, s.lastSeenAt),
      current: s.uid === at.login.sessionUid,
    }))
    at.show('account/sessions', { sessions })
  }

  const submitEnd: Handler = async (at) => {
    const session = (await openSessions(at)).find((s) => nameOf(s.uid) === at.fields.session)
    if (session) {
      await endSession(journey, at.account.id, session.uid, at.requestId)
      await self.destroy(session.uid)
    }
    at.goTo('/account/sessions')
  }

  const submitEndOthers: Handler = async (at) => {
    const others = (await openSessions(at)).filter((s) => s.uid !== at.login.sessionUid)
    await endOtherSessions(journey, at.account.id, at.login.sessionUid, at.requestId)
    for (const { uid } of others) await self.destroy(uid)
    at.goTo('/account/sessions')
  }

  /** Set-up is a matter of the login: the same pages, the same gate. */
  const add: Handler = (at) => deps.sessions.begin(at.ctx, '/account', { wanted: at.fields.factor ?? '' })

  const callback = async (ctx: RoutedContext): Promise<void> => {
    const finished = await deps.sessions.finish(ctx)
    const stays = finished?.through || (await deps.sessions.current(ctx)) !== undefined
    if (!stays) return pages.show(ctx, 'account/stopped', {})
    ctx.status = 303
    ctx.redirect(finished?.through ? finished.returnTo : '/account')
  }

  const removal = (ctx: RoutedContext): string => `/account/credentials/${ctx.params.id}/remove`
  return {
    overview: get(overview),
    add: post(add),
    rename: get((at) => showRename(at)),
    submitRename: post(submitRename),
    remove: get((at) => showRemove(at), { confirm: true }),
    submitRemove: post(submitRemove, { confirm: true, page: removal }),
    sessions: get(showSessions),
    endSession: post(submitEnd),
    endOthers: post(submitEndOthers),
    callback,
  }
}

/** A session's name on a page: enough to tell them apart, of no use for anything else. */
const nameOf = (uid: string): string => createHash('sha256').update(uid).digest('base64url').slice(0, 16)
