import type { Middleware } from 'koa'

/** The process runs. Says nothing of what it depends on. */
export const live: Middleware = (ctx) => {
  ctx.set('Cache-Control', 'no-store')
  ctx.body = { status: 'ok' }
}

/** Database and Redis answer: requests may be sent here. No details; those are in the log. */
export const ready =
  (check: () => Promise<void>): Middleware =>
  async (ctx) => {
    ctx.set('Cache-Control', 'no-store')
    const works = await check().then(
      () => true,
      () => false,
    )
    ctx.status = works ? 200 : 503
    if (!works) ctx.set('Retry-After', '5')
    ctx.body = { status: works ? 'ok' : 'unavailable' }
  }
