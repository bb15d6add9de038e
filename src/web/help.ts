import type { Context, Middleware } from 'koa'
import { AppError } from '../domain/errors.ts'
import { flowOf } from '../domain/trouble.ts'
import type { RoutedContext } from './interaction-visit.ts'
import { type Pages, refererPath } from './page.ts'

/** Help for everybody, without any login. Whoever comes from a page of ours gets a code that says from which. */
export function helpPages(pages: Pages) {
  const show = (ctx: Context, cause?: string): void =>
    pages.show(ctx, 'pages/help', {}, cause === undefined ? {} : { cause, step: 'help' })
  return {
    show: ((ctx: Context): void =>
      show(ctx, flowOf(refererPath(ctx)) === 'other' ? undefined : 'asked')) as Middleware,
    /** Within a login; there is help, too, where that is over. */
    within: (login: (ctx: RoutedContext) => Promise<void>) => async (ctx: RoutedContext) => {
      try {
        await login(ctx)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        show(ctx, error.code)
      }
    },
  }
}
