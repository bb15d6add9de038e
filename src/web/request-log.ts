import { randomUUID } from 'node:crypto'
import type { Middleware } from 'koa'
import type { Logger } from 'pino'

/** The path as a pattern: interaction ids and the like do not belong in logs. */
const shape = (path: string): string => path.replace(/\/[\w-]{20,}(?=\/|$)/g, '/:id')

/** One line per request: no query, no address, no body. The id ties it to audit rows and to what a person sees. */
export function requestLog(
  log: Logger,
  took: (path: string, status: number, ms: number) => void,
): Middleware {
  return async (ctx, next) => {
    const began = performance.now()
    ctx.state.requestId = randomUUID()
    ctx.set('X-Request-Id', ctx.state.requestId)
    try {
      await next()
    } finally {
      const exactly = performance.now() - began
      took(ctx.path, ctx.status, exactly)
      const ms = Math.round(exactly)
      log.info({
        requestId: ctx.state.requestId,
        method: ctx.method,
        path: shape(ctx.path),
        status: ctx.status,
        ms,
      })
    }
  }
}
