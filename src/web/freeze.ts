import type { Context } from 'koa'
import type { Deps } from '../journey/deps.ts'
import { freeze } from '../journey/freeze.ts'
import { fieldsOf } from './body.ts'
import type { Csrf } from './csrf.ts'
import type { PageOptions, Pages } from './page.ts'
import { seeOther } from './see-other.ts'
import { tooMany } from './too-many.ts'

const SUBJECT = 'freeze'

/** „Das war ich nicht“: locks an account by the code from a notice. Nobody is signed in here, and nobody will be. */
export function freezePages(journey: Deps, pages: Pages, csrf: Csrf) {
  const show = (ctx: Context, done: boolean, options: PageOptions = {}): void =>
    pages.show(ctx, 'pages/freeze', { done }, { ...options, csrf: csrf.token(SUBJECT) })
  return {
    show: (ctx: Context): void => show(ctx, ctx.query.done !== undefined),
    async submit(ctx: Context): Promise<void> {
      const fields = fieldsOf(ctx)
      csrf.check(ctx, SUBJECT, fields._csrf)
      const { address, requestId } = ctx.state
      const wait = await freeze(journey, fields.code ?? '', { address, requestId })
      if (wait > 0) return show(ctx, false, tooMany(ctx, wait))
      seeOther(ctx, '/freeze?done')
    },
  }
}
