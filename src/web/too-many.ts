import type { Context } from 'koa'
import type { PageOptions } from './page.ts'

/** The page once more, where too much was tried: with how long to wait (seconds), of which callers hear an hour at most. */
export function tooMany(ctx: Context, wait: number): PageOptions {
  ctx.set('Retry-After', String(Math.min(wait, 3600)))
  const error = { key: 'factor.err.wait', params: { minutes: Math.ceil(wait / 60) } }
  return { status: 429, errors: [error] }
}
