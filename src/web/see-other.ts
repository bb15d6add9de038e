import type { Context } from 'koa'

/** RFC 9700, 4.12: what was posted here is never posted on. */
export function seeOther(ctx: Context, path: string): void {
  ctx.status = 303
  ctx.redirect(path)
}
