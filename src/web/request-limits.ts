import type { Middleware } from 'koa'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { AppError } from '../domain/errors.ts'
import type { NetworkOf } from './networks.ts'

/**
 * How many requests a network may send in a minute. Counted in this process and not in the stores, which it protects,
 * too; guesses are counted elsewhere, and for all instances together. What an application asks for in its own name does
 * not count for its address, up to a limit of its own: beyond that it is held like everybody else.
 */
export function requestLimits(networkOf: NetworkOf, ofApplication: () => number): Middleware {
  const counted = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: 60 })
  return async (ctx, next) => {
    if (ctx.path.startsWith('/health/')) return next()
    const { key, requests } = networkOf(String(ctx.state.address))
    const network = `network ${key}`
    const { consumedPoints, msBeforeNext } = await counted.consume(network)
    if (consumedPoints > requests)
      throw new AppError('too_many_requests', { retryAfter: Math.ceil(msBeforeNext / 1000) })
    await next()
    const { application } = ctx.state
    if (typeof application !== 'string') return
    const own = await counted.consume(`application ${application}`)
    if (own.consumedPoints <= ofApplication()) await counted.reward(network)
  }
}
