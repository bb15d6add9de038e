import type { Context } from 'koa'
import { masked, parseIban } from './iban.ts'
import { checkForm } from './login.ts'
import type { Demand } from './login-types.ts'
import type { Pages } from './pages.ts'
import type { SignedIn } from './session.ts'

/** Where money goes is changed only with two factors, shown within the last five minutes (RFC 9470). */
export const BANK_DEMAND: Demand = { acrValues: ['https://refeds.org/profile/mfa'], maxAge: 300 }

export function bankRoutes(pages: Pages) {
  return {
    show(ctx: Context, session: SignedIn): void {
      const saved = ctx.query.saved !== undefined && session.iban ? masked(session.iban) : undefined
      pages.show(ctx, 'bank', { saved, typed: '', wrong: false }, session)
    },

    save(ctx: Context, session: SignedIn): void {
      checkForm(ctx, session)
      const { iban: typed } = ctx.request.body as { iban?: unknown }
      const iban = parseIban(String(typed))
      if (iban) {
        session.iban = iban
        ctx.status = 303
        ctx.redirect('/bankverbindung?saved')
      } else {
        ctx.status = 422
        pages.show(ctx, 'bank', { saved: undefined, typed: String(typed), wrong: true }, session)
      }
    },
  }
}
