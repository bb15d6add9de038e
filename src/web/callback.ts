import type { Context, Middleware } from 'koa'
import { AppError } from '../domain/errors.ts'
import type { Answer, Factor } from '../domain/factor.ts'
import { park } from '../journey/callback.ts'
import type { Deps } from '../journey/deps.ts'
import type { Pages } from './page.ts'

/**
 * Takes what another site has the browser post or bring here, and sends the browser on to its interaction. Nothing is judged
 * and no token is asked for: neither cookie nor form is ours. The browser goes on from a page of our own and not by a
 * redirect: the whole chain would be held to the other site's `form-action`, which knows us but not the application.
 */
export function callback(
  journey: Deps,
  pages: Pages,
  factor: Factor,
  given: (ctx: Context) => Answer,
): Middleware {
  return async (ctx) => {
    const place = await park(journey, factor, given(ctx))
    if (!place) throw new AppError('interaction_expired')
    const href = `/interaction/${place.uid}/back/${factor.id}/${place.token}`
    ctx.set('Refresh', `0; url=${href}`)
    pages.show(ctx, 'pages/onward', { href })
  }
}
