import type { Context } from 'koa'
import type { Answer } from '../../domain/factor.ts'
import { type Own, own } from '../../journey/account.ts'
import type { Deps } from '../../journey/deps.ts'
import type { Self, SelfLogin } from '../../oidc/self.ts'
import { fieldsOf } from '../body.ts'
import type { Access } from '../consent.ts'
import type { Csrf } from '../csrf.ts'
import type { PageOptions, Pages } from '../page.ts'
import type { Views } from '../views.ts'
import type { AccountSessions } from './session.ts'

export interface AccountDeps {
  journey: Deps
  sessions: AccountSessions
  self: Self
  csrf: Csrf
  pages: Pages
  clientId: string
  /** Whether people may delete their accounts themselves, and after how many days. */
  deletion: { selfService: boolean; coolingOffDays: number }
  /** What an application may have of an account, by what the person has agreed to. */
  access: (clientId: string, consented: readonly string[]) => Access
}

export type RoutedContext = Context & { params: Record<string, string> }

/** One request of a person at the pages of their own account. */
export interface Visit extends Own {
  ctx: RoutedContext
  login: SelfLogin
  requestId: string
  fields: Answer
  show<V extends keyof Views & string>(view: V, data: Views[V], options?: PageOptions): void
  goTo(path: string): void
}

export type Handler = (at: Visit) => Promise<void> | void

/** `confirm`: only with a fresh proof of the most the account can prove. */
export interface Terms {
  confirm?: boolean
  /** Where a POST that must first be confirmed leads back to; it is not sent again by itself. */
  page?: (ctx: RoutedContext) => string
}

/** Lets through whom the gate would let through at this moment; everybody else is sent to sign in, or to confirm. */
export function accountVisits(deps: AccountDeps) {
  const open = async (ctx: RoutedContext, fields: Answer, csrf: boolean, terms: Terms, handler: Handler) => {
    const { confirm = false, page = () => '/account' } = terms
    const session = await deps.sessions.current(ctx)
    if (session && csrf) deps.csrf.check(ctx, subject(session.id), fields._csrf)
    const client = { clientId: deps.clientId }
    const known = session && (await own(deps.journey, client, session.login, confirm))
    if (!known) {
      const returnTo = ctx.method === 'GET' ? ctx.path : page(ctx)
      return deps.sessions.begin(ctx, returnTo, { confirm })
    }
    const show: Visit['show'] = (view, data, options = {}) =>
      deps.pages.show(ctx, view, data, {
        base: '/account',
        csrf: deps.csrf.token(subject(session.id)),
        ...options,
      })
    const requestId = String(ctx.state.requestId)
    return handler({ ...known, ctx, login: session.login, requestId, fields, show, goTo: goTo(ctx) })
  }
  return {
    get:
      (handler: Handler, terms: Terms = {}) =>
      (ctx: RoutedContext) =>
        open(ctx, {}, false, terms, handler),
    post:
      (handler: Handler, terms: Terms = {}) =>
      (ctx: RoutedContext) =>
        open(ctx, fieldsOf(ctx), true, terms, handler),
  }
}

const subject = (id: string): string => `account:${id}`

const goTo = (ctx: Context) => (path: string) => {
  ctx.status = 303
  ctx.redirect(path)
}
