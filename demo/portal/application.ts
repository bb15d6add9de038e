import type { Context } from 'koa'
import { checkForm } from './login.ts'
import type { Demand } from './login-types.ts'
import type { Pages } from './pages.ts'
import type { SignedIn } from './session.ts'

/** Who applies must have proven who they are (BSI TR-03107-1), at „substanziell“ within the last five minutes or better. */
export const APPLY_DEMAND: Demand = {
  acrValues: ['http://bsi.bund.de/eID/LoA/substantiell', 'http://bsi.bund.de/eID/LoA/hoch'],
  maxAge: 300,
}
/** A signature takes the place of one by hand: „hoch“, for this one transaction. */
export const SIGN_DEMAND: Demand = { acrValues: ['http://bsi.bund.de/eID/LoA/hoch'], maxAge: 300 }

export function applicationRoutes(pages: Pages) {
  const show = (ctx: Context, session: SignedIn): void =>
    pages.show(ctx, 'application', { signing: false, signed: session.signed === true }, session)
  return {
    show,
    confirm: (ctx: Context, session: SignedIn): void =>
      pages.show(ctx, 'application', { signing: true, signed: session.signed === true }, session),
    sign(ctx: Context, session: SignedIn): void {
      checkForm(ctx, session)
      session.signed = true
      ctx.status = 303
      ctx.redirect('/antrag')
    },
  }
}
