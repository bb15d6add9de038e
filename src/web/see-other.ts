import type { Context } from 'koa'

/** RFC 9700, 4.12: credentials are never posted on. */
export function seeOther(ctx: Context, url: string): void {
  ctx.status = 303
  ctx.redirect(url)
}
