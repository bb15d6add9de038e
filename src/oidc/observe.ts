import type { Context } from 'koa'
import { type KoaContextWithOIDC, Provider, type Session } from 'oidc-provider'
import { AppError } from '../domain/errors.ts'

/** Answered to a browser; everything else answers applications. */
const PAGES = new Set([
  'authorization',
  'resume',
  'end_session',
  'end_session_confirm',
  'end_session_success',
  'code_verification',
  'device_resume',
])

/** Records that a session was ended; what it has proven counts no longer. */
export type EndSession = (accountId: string, uid: string, requestId: string) => Promise<void>

export interface Observers {
  ended: EndSession
  /** Hears of failures that are neither an OAuth error nor an outage: bugs. */
  onError: (error: Error, requestId: string) => void
  /** Hears how each request at the token endpoint ended: the grant asked for, and `success` or the error. */
  tokens: (grant: unknown, outcome: unknown) => void
}

/**
 * What the library keeps to itself: a failure inside it is logged, an outage becomes an honest 503 instead of
 * `server_error` at the application, a session that ended leaves its audit row, and requests for tokens are counted.
 */
export function observe(provider: Provider, { ended, onError, tokens }: Observers): void {
  endFirst(provider, ended)
  provider.on('server_error', (ctx, error) => {
    ctx.state.failure = error
  })
  provider.use(async (ctx, next) => {
    await next()
    const { oidc } = ctx as KoaContextWithOIDC
    if (oidc?.route !== 'token') return
    const { error } = (ctx.body ?? {}) as { error?: unknown }
    tokens(oidc.body?.grant_type, ctx.status < 400 ? 'success' : error)
  })
  provider.use(async (ctx, next) => {
    const before = ctx.state.requestId as string
    await next()
    const failure: unknown = ctx.state.failure
    if (failure instanceof AppError) return unavailable(ctx as KoaContextWithOIDC, failure)
    if (failure instanceof Error) onError(failure, before)
    const { oidc } = ctx as KoaContextWithOIDC
    const session: (Session & { destroyed?: boolean }) | undefined = oidc?.session
    if (oidc?.route !== 'end_session_confirm' || !session?.destroyed) return
    // Transient is a session of a computer that others use, too: the browser is to forget all of it.
    if (session.transient) ctx.set('Clear-Site-Data', '"cache", "cookies", "storage"')
  })
}

/**
 * A logout ends the session in our store before the library forgets it: where an outage comes between the two, the page
 * that asks for the logout is still good. Else nobody could end it any more.
 */
function endFirst(provider: Provider, ended: EndSession): void {
  const { prototype } = provider.Session
  const { destroy } = prototype
  prototype.destroy = async function () {
    const { oidc, state } = Provider.ctx ?? {}
    if (oidc?.route === 'end_session_confirm' && this.accountId)
      await ended(this.accountId, this.uid, String(state?.requestId))
    return destroy.call(this)
  }
}

/** RFC 6749, 4.1.2.1 knows the word; nothing half-done is answered. */
function unavailable(ctx: KoaContextWithOIDC & Context, failure: AppError): void {
  ctx.remove('Location')
  if (PAGES.has(ctx.oidc.route)) throw failure
  ctx.status = failure.status
  ctx.set('Retry-After', String(failure.retryAfter ?? 5))
  ctx.body = { error: 'temporarily_unavailable', error_description: 'try again later' }
}
