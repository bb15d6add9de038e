import type { Context } from 'koa'
import { type AppError, ERRORS } from '../domain/errors.ts'
import { backFrom, formAgain } from './again.ts'
import { cookie } from './cookies.ts'
import type { Pages } from './page.ts'

const COOKIE = 'pforte_service'

/**
 * What went wrong, in plain words, and always a way on. Which application a person came from is remembered in a
 * cookie of its own, for the time when the interaction is gone.
 */
export interface ErrorPages {
  rememberClient(ctx: Context, clientId: string): void
  /** Which that was. */
  client(ctx: Context): string | undefined
  show(ctx: Context, error: AppError): void
  /** An OAuth error that cannot be sent to the application: its name is for the technical part of the page only. */
  oauth(ctx: Context, out: { error: string; error_description?: string | undefined }): void
}

export function createErrorPages(pages: Pages, secure: boolean): ErrorPages {
  const client = (ctx: Context): string | undefined => ctx.cookies.get(COOKIE, { signed: false })
  return {
    client,
    rememberClient(ctx, clientId) {
      if (client(ctx) === clientId) return
      ctx.cookies.set(COOKIE, clientId, cookie(secure, false))
    },
    show(ctx, error) {
      const clientId = client(ctx)
      const { t } = pages.language(ctx)
      const { message, title } = ERRORS[error.code]
      const later = error.status === 503
      const form = later ? formAgain(ctx) : undefined
      const data = {
        title: t(title),
        text: t(message),
        number: numberOf(ctx),
        start: pages.startOf(clientId),
        again: later && ctx.method === 'GET' ? ctx.url : undefined,
        form,
        back: later && ctx.state.ours && !form ? backFrom(ctx.path) : undefined,
      }
      if (ctx.accepts('html', 'json') === 'json')
        ctx.body = { error: error.code, error_description: data.text }
      else
        pages.show(ctx, 'pages/error', data, {
          clientId: data.start && clientId,
          ...(form ? { csrf: form.csrf, secret: true } : {}),
          ...failure(ctx, error.code),
        })
    },
    oauth(ctx, { error, error_description: description }) {
      const { t } = pages.language(ctx)
      const detail = [error, description].filter(Boolean).join(': ')
      const text = t(ctx.status >= 500 ? 'err.text' : 'err.request')
      const data = {
        title: t('err.title'),
        text,
        number: numberOf(ctx),
        detail,
        start: pages.startOf(client(ctx)),
      }
      pages.show(ctx, 'pages/error', data, failure(ctx, error))
    },
  }
}

/** Short enough to be read out on the telephone; the log has the whole id. */
const numberOf = (ctx: Context): string => String(ctx.state.requestId).slice(0, 8).toUpperCase()

/** The address by its pattern: what somebody typed into it is nobody's business. */
const failure = (ctx: Context, cause: string) => ({
  cause,
  step: String(ctx._matchedRoute ?? ctx.oidc?.route ?? 'unknown'),
})
