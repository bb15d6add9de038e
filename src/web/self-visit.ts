import type { Context } from 'koa'
import type { Answer } from '../domain/factor.ts'
import { type Own, own } from '../journey/account.ts'
import type { Deps, Relying } from '../journey/deps.ts'
import type { SelfLogin } from '../oidc/self.ts'
import { fieldsOf } from './body.ts'
import type { Csrf } from './csrf.ts'
import type { PageOptions, Pages } from './page.ts'
import { seeOther } from './see-other.ts'
import type { SelfSessions } from './self-session.ts'
import type { Views } from './views.ts'

/** Pages of ours that people sign in to as to any application. */
export interface SelfDeps {
  journey: Deps
  sessions: SelfSessions
  csrf: Csrf
  pages: Pages
  client: Relying
  /** Where the pages are: `/account`. */
  base: string
  /** Nobody comes in by what was proven long ago. */
  fresh?: boolean
}

export type RoutedContext = Context & { params: Record<string, string> }

/** One request of a person at these pages. */
export interface SelfVisit extends Own {
  ctx: RoutedContext
  /** Name of the session at hand. */
  session: string
  login: SelfLogin
  requestId: string
  fields: Answer
  show<V extends keyof Views & string>(view: V, data: Views[V], options?: PageOptions): void
  goTo(path: string): void
}

export type SelfHandler = (at: SelfVisit) => Promise<void> | void

/** `confirm`: only with a fresh proof of the most the account can prove. */
export interface Terms {
  confirm?: boolean
  /** Where a POST that must first be confirmed leads back to; it is not sent again by itself. */
  page?: (ctx: RoutedContext) => string
}

/** Lets through whom the gate would let through at this moment; everybody else is sent to sign in, or to confirm. */
export function selfVisits(deps: SelfDeps) {
  const { base } = deps
  const subject = (id: string): string => `${base.slice(1)}:${id}`

  const open = async (
    ctx: RoutedContext,
    fields: Answer,
    csrf: boolean,
    terms: Terms,
    handler: SelfHandler,
  ) => {
    const { confirm = false, page = () => base } = terms
    // Before the store is asked: the page of an outage keeps what is in a form of ours.
    if (csrf) deps.csrf.isOurs(ctx, subject(deps.sessions.named(ctx)), fields._csrf)
    const session = await deps.sessions.current(ctx)
    if (session && csrf) deps.csrf.check(ctx, subject(session.id), fields._csrf)
    const known = session && (await own(deps.journey, deps.client, session.login, confirm))
    if (!known) {
      const returnTo = ctx.method === 'GET' ? ctx.path : page(ctx)
      return deps.sessions.begin(ctx, returnTo, { confirm: confirm || deps.fresh === true })
    }
    const show: SelfVisit['show'] = (view, data, options = {}) =>
      deps.pages.show(ctx, view, data, {
        base,
        csrf: deps.csrf.token(subject(session.id)),
        ...options,
      })
    const requestId = String(ctx.state.requestId)
    const { id, login } = session
    return handler({ ...known, ctx, session: id, login, requestId, fields, show, goTo: goTo(ctx) })
  }

  return {
    get:
      (handler: SelfHandler, terms: Terms = {}) =>
      (ctx: RoutedContext) =>
        open(ctx, {}, false, terms, handler),
    post:
      (handler: SelfHandler, terms: Terms = {}) =>
      (ctx: RoutedContext) =>
        open(ctx, fieldsOf(ctx), true, terms, handler),
    /** Whoever broke off a change is still signed in here; whoever broke off the login is not. */
    async callback(ctx: RoutedContext): Promise<void> {
      const finished = await deps.sessions.finish(ctx)
      const stays = finished?.through || (await deps.sessions.current(ctx)) !== undefined
      if (!stays) return deps.pages.show(ctx, 'account/stopped', { base })
      goTo(ctx)(finished?.through ? finished.returnTo : base)
    },
  }
}

const goTo = (ctx: Context) => (path: string) => seeOther(ctx, path)
