import type { Context } from 'koa'
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import { AppError } from '../domain/errors.ts'

/**
 * A request that comes a second time, when the first has done its work: a reload, the back button, a double click, an
 * instance that died before it could answer. False: it is something else.
 */
export function twice(ctx: KoaContextWithOIDC, error: unknown): boolean {
  if (error instanceof errors.SessionNotFound) throw missing(ctx, error)
  const { route, session } = ctx.oidc
  if (route !== 'end_session_confirm' || !(error instanceof errors.InvalidRequest)) return false
  // Nobody is signed in any more, which is all that a logout is about. An outage says nothing of that.
  if (!session || session.accountId) return false
  ctx.status = 303
  ctx.redirect(ctx.oidc.urlFor('end_session_success'))
  return true
}

/** No cookie at all means that the browser keeps none, or came here by a link; else the interaction has ended. */
export const missing = (ctx: Context, cause: unknown): AppError =>
  new AppError(ctx.headers.cookie ? 'interaction_expired' : 'cookies_missing', { cause })
