import { timingSafeEqual } from 'node:crypto'
import type { Context } from 'koa'
import type { Access, Handler } from './access.ts'
import { type Login, LoginFailed, type Pending } from './login-types.ts'
import { ProblemError } from './problems.ts'
import type { RelyingParty } from './relying-party.ts'
import type { Session, Sessions } from './session.ts'

interface LoginDeps {
  issuer: string
  origin: string
  access: Access
  sessions: Sessions
  relyingParty: RelyingParty
}

export function loginRoutes({
  issuer,
  origin,
  access,
  sessions,
  relyingParty,
}: LoginDeps): Record<'begin' | 'callback' | 'logout', Handler> {
  return {
    /** Also what others may begin a login by (OpenID Connect Core 4). */
    async begin(ctx) {
      const { iss, target_link_uri: target, return_to: path } = ctx.query
      if (iss !== undefined && iss !== issuer) throw new ProblemError('failed')
      await access.begin(ctx, String(path ?? target ?? '/'))
    },

    async callback(ctx) {
      const session = sessions.of(ctx)
      const pending = session && take(session, String(ctx.query.state))
      if (!pending) throw new ProblemError('expired', '/login')
      const url = new URL('/callback', origin)
      url.search = ctx.search
      const login = await relyingParty.finish(url, pending).catch((error: unknown) => {
        throw error instanceof LoginFailed ? new ProblemError(error.reason, again(pending), error) : error
      })
      enter(sessions, ctx, session, login)
      ctx.status = 303
      ctx.redirect(pending.returnTo)
    },

    async logout(ctx) {
      const session = sessions.of(ctx)
      checkForm(ctx, session)
      const login = session?.login
      sessions.end(ctx)
      ctx.status = 303
      ctx.redirect(login ? await relyingParty.logoutUrl(login, ctx.state.language) : '/abgemeldet')
    },
  }
}

/** A login may be finished once. */
function take(session: Session, state: string): Pending | undefined {
  const pending = session.pending.get(state)
  session.pending.delete(state)
  return pending
}

/** Under a new session id, so that one planted before is worthless; what belongs to the person stays. */
function enter(sessions: Sessions, ctx: Context, before: Session, login: Login): void {
  const samePerson = before.login?.claims.sub === login.claims.sub
  const session = sessions.begin(ctx)
  session.login = login
  session.pending = before.pending
  if (samePerson) Object.assign(session, { iban: before.iban, typed: before.typed, signed: before.signed })
}

const again = ({ returnTo }: Pending): string => {
  const { pathname, search } = new URL(returnTo)
  return `/login?${new URLSearchParams({ return_to: pathname + search })}`
}

/** A form counts when it is one of ours for this session; the cookie alone could be ridden on. */
export function checkForm(ctx: Context, session: Session | undefined): asserts session is Session {
  const { _csrf: given } = (ctx.request.body ?? {}) as { _csrf?: unknown }
  const expected = Buffer.from(session?.csrf ?? '')
  const actual = Buffer.from(String(given))
  const same = expected.length === actual.length && timingSafeEqual(expected, actual)
  if (!session || !same) throw new ProblemError('form', '/')
}
