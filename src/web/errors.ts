import type { Context, Middleware } from 'koa'
import type { Logger } from 'pino'
import { AppError } from '../domain/errors.ts'

/** Puts a page in place of an error. */
export type ShowError = (ctx: Context, error: AppError) => void

/** Any failure ends here: an `AppError` as its page, anything else as 500 with a request id and a log line. */
export function handleErrors(log: Logger, show: ShowError): Middleware {
  return async (ctx, next) => {
    try {
      await next()
      if (ctx.status === 404 && ctx.body === undefined) throw new AppError('not_found')
    } catch (thrown) {
      answer(ctx, log, show, asAppError(thrown))
    }
  }
}

function answer(ctx: Context, log: Logger, show: ShowError, error: AppError): void {
  const { requestId } = ctx.state
  const line = { requestId, err: error.cause ?? error, reason: error.code, ...error.details }
  if (error.status >= 500) log.error(line)
  else log.debug(line)
  ctx.status = error.status
  if (error.status === 503 || error.retryAfter !== undefined)
    ctx.set('Retry-After', String(error.retryAfter ?? 5))
  show(ctx, error)
}

/** Koa and its parsers throw errors with a client's status; all else is ours. */
function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  const status = thrown instanceof Error && 'status' in thrown ? thrown.status : undefined
  if (status === 413) return new AppError('body_too_large', { cause: thrown })
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new AppError('bad_request', { cause: thrown })
  return new AppError('internal', { cause: thrown })
}
