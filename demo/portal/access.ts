import type { Context } from 'koa'
import type { Demand, Login } from './login-types.ts'
import type { RelyingParty } from './relying-party.ts'
import type { Session, Sessions, SignedIn } from './session.ts'

export type Handler = (ctx: Context & { params: Record<string, string> }) => void | Promise<void>

export interface Access {
  /** Sends the browser to the provider, to come back to `path`: an address of this portal, or its start page. */
  begin(ctx: Context, path: string, demand?: Demand): Promise<void>
  /** This browser's session, its tokens fresh; without a login where they cannot be renewed. */
  current(ctx: Context): Promise<Session | undefined>
  /** A page for those who are signed in, as strongly as demanded; the others sign in first and come back. */
  signedIn(show: (ctx: Parameters<Handler>[0], session: SignedIn) => void, demand?: Demand): Handler
}

interface AccessDeps {
  origin: string
  now: () => number
  sessions: Sessions
  relyingParty: RelyingParty
}

/** Tokens are renewed this long before they end (milliseconds): clocks differ, and requests take time. */
const LEEWAY = 10_000
/** Logins one browser may have begun at a time; the oldest gives way. */
const MOST_PENDING = 10

/** Who may see a page, and how one gets there. */
export function createAccess({ origin, now, sessions, relyingParty }: AccessDeps): Access {
  const begin: Access['begin'] = async (ctx, path, demand) => {
    const session = sessions.of(ctx) ?? sessions.begin(ctx)
    const { url, pending } = await relyingParty.begin(within(origin, path), ctx.state.language, demand)
    session.pending.set(pending.state, pending)
    const [oldest] = session.pending.keys()
    if (session.pending.size > MOST_PENDING && oldest) session.pending.delete(oldest)
    ctx.status = 303
    ctx.redirect(url)
  }

  const current: Access['current'] = async (ctx) => {
    const session = sessions.of(ctx)
    if (!session?.login || now() < session.login.expiresAt - LEEWAY) return session
    session.renewal ??= relyingParty.renew(session.login).finally(() => {
      session.renewal = undefined
    })
    session.login = await session.renewal
    return session
  }

  const signedIn: Access['signedIn'] = (show, demand) => async (ctx) => {
    const session = await current(ctx)
    if (isSignedIn(session) && (!demand || meets(session.login, demand, now()))) return show(ctx, session)
    // A form is not sent again by itself: the person comes back to its page.
    await begin(ctx, ctx.method === 'POST' ? ctx.path : ctx.url, demand)
  }

  return { begin, current, signedIn }
}

const isSignedIn = (session: Session | undefined): session is SignedIn => session?.login !== undefined

/** Whether a login meets a demand right now: its acr is one of those asked for, and it is recent enough. */
function meets({ claims }: Login, { acrValues, maxAge }: Demand, now: number): boolean {
  return acrValues.includes(String(claims.acr)) && now / 1000 - (claims.auth_time ?? 0) <= maxAge
}

/** The whole address of a path of ours; what leads anywhere else becomes the start page. */
function within(origin: string, path: string): string {
  const url = URL.parse(path, origin)
  return url?.origin === origin ? url.href : `${origin}/`
}
