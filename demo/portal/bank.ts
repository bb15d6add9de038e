import type { Context, Next } from 'koa'
import { masked, parseIban } from './iban.ts'
import { checkForm } from './login.ts'
import type { Demand } from './login-types.ts'
import type { Pages } from './pages.ts'
import type { Sessions, SignedIn } from './session.ts'

/** Where money goes is changed only with two factors, shown within the last five minutes (RFC 9470). */
export const BANK_DEMAND: Demand = { acrValues: ['https://refeds.org/profile/mfa'], maxAge: 300 }

export function bankRoutes(pages: Pages, sessions: Sessions) {
  return {
    show(ctx: Context, session: SignedIn): void {
      const saved = ctx.query.saved !== undefined && session.iban ? masked(session.iban) : undefined
      pages.show(ctx, 'bank', { saved, typed: session.typed ?? '', wrong: false }, session)
    },

    /** Before anything else: who must first show both factors again comes back to what they typed. */
    keep(ctx: Context, next: Next): Promise<void> {
      const session = sessions.of(ctx)
      checkForm(ctx, session)
      session.typed = typedIn(ctx)
      return next()
    },

    save(ctx: Context, session: SignedIn): void {
      const typed = typedIn(ctx)
      const iban = parseIban(typed)
      if (iban) {
        session.iban = iban
        session.typed = undefined
        ctx.status = 303
        ctx.redirect('/bankverbindung?saved')
      } else {
        ctx.status = 422
        pages.show(ctx, 'bank', { saved: undefined, typed, wrong: true }, session)
      }
    },
  }
}

function typedIn(ctx: Context): string {
  const { iban } = ctx.request.body as { iban?: unknown }
  return typeof iban === 'string' ? iban : ''
}
