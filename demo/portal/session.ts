import { randomBytes } from 'node:crypto'
import type { Context } from 'koa'
import type { Login, Pending } from './login-types.ts'

/** What the portal keeps of one browser. */
export interface Session {
  id: string
  /** Token of this session's forms. */
  csrf: string
  /** Logins that have begun, by `state`: several tabs may have one each. */
  pending: Map<string, Pending>
  login?: Login | undefined
  /** Under way: parallel requests wait for the one that spends the refresh token. */
  renewal?: Promise<Login | undefined> | undefined
  /** Bank account of the signed-in person, as they last entered it. */
  iban?: string | undefined
  /** What they have typed and not saved yet. */
  typed?: string | undefined
  /** They have signed their application. */
  signed?: boolean | undefined
  begunAt: number
  usedAt: number
}

export type SignedIn = Session & { login: Login }

export interface Sessions {
  /** This browser's living session. */
  of(ctx: Context): Session | undefined
  /** A new session with an id nobody has seen, in place of the one there was. */
  begin(ctx: Context): Session
  end(ctx: Context): void
}

const IDLE_MS = 30 * 60_000
const LONGEST_MS = 8 * 60 * 60_000

/** Sessions in memory, known to browsers by a signed cookie; fine for a demonstration, gone with the process. */
export function createSessions({ secure, now }: { secure: boolean; now: () => number }): Sessions {
  const sessions = new Map<string, Session>()
  const cookie = secure ? '__Host-portal_session' : 'portal_session'
  const options = {
    httpOnly: true,
    sameSite: 'lax',
    signed: true,
    secure,
    path: '/',
    overwrite: true,
  } as const
  const isAlive = ({ usedAt, begunAt }: Session): boolean =>
    now() - usedAt < IDLE_MS && now() - begunAt < LONGEST_MS

  const drop = (ctx: Context): void => {
    sessions.delete(ctx.cookies.get(cookie) ?? '')
    for (const session of sessions.values()) if (!isAlive(session)) sessions.delete(session.id)
  }

  return {
    of(ctx) {
      const session = sessions.get(ctx.cookies.get(cookie) ?? '')
      if (!session || !isAlive(session)) return undefined
      session.usedAt = now()
      return session
    },
    begin(ctx) {
      drop(ctx)
      const [id, csrf] = [random(), random()]
      const session = { id, csrf, pending: new Map(), begunAt: now(), usedAt: now() }
      sessions.set(id, session)
      ctx.cookies.set(cookie, id, options)
      return session
    },
    end(ctx) {
      drop(ctx)
      ctx.cookies.set(cookie, null, options)
    },
  }
}

const random = (): string => randomBytes(32).toString('base64url')
