import type { Middleware } from 'koa'
import { AppError } from '../domain/errors.ts'
import type { Factor } from '../domain/factor.ts'
import { park } from '../journey/callback.ts'
import type { Deps } from '../journey/deps.ts'
import { fieldsOf } from './body.ts'
import { seeOther } from './see-other.ts'

/**
 * Takes what another site has the browser post here, and sends the browser on to its interaction. Nothing is judged
 * and no token is asked for: neither cookie nor form is ours.
 */
export function callback(journey: Deps, factor: Factor): Middleware {
  return async (ctx) => {
    const place = await park(journey, factor, fieldsOf(ctx))
    if (!place) throw new AppError('interaction_expired')
    ctx.set('Cache-Control', 'no-store')
    seeOther(ctx, `/interaction/${place.uid}/back/${factor.id}/${place.token}`)
  }
}
