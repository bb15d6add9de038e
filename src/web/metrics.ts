import { createHash, timingSafeEqual } from 'node:crypto'
import type { Middleware } from 'koa'

export interface Exposition {
  contentType: string
  metrics(): Promise<string>
}

/**
 * The metrics of this process, for whoever knows the token; without one there are none to be had here. Both tokens are
 * digested first, so that they are compared in constant time whatever their lengths.
 */
export function metricsPage(registry: Exposition, token: string | undefined): Middleware {
  if (token === undefined) return (_ctx, next) => next()
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  const expected = digest(token)
  return async (ctx, next) => {
    if (ctx.path !== '/metrics' || ctx.method !== 'GET') return next()
    ctx.set('Cache-Control', 'no-store')
    const [, given = ''] = /^Bearer (\S+)$/i.exec(ctx.get('authorization')) ?? []
    if (!timingSafeEqual(digest(given), expected)) {
      ctx.status = 401
      ctx.set('WWW-Authenticate', 'Bearer')
      return
    }
    ctx.type = registry.contentType
    ctx.body = await registry.metrics()
  }
}
