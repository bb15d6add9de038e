import { readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Middleware } from 'koa'

const FILES = new Map(
  ['/portal.css', '/icon.svg'].map((path) => [path, readFileSync(join(import.meta.dirname, 'assets', path))]),
)

/** The style sheet and the icon. */
export const assets: Middleware = (ctx, next) => {
  const file = FILES.get(ctx.path)
  if (!file) return next()
  ctx.set('Cache-Control', 'public, max-age=600')
  ctx.type = extname(ctx.path)
  ctx.body = file
}
