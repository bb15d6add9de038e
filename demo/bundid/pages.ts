import { join } from 'node:path'
import { Eta } from 'eta'
import type { Context } from 'koa'
import { languageOf, type TextKey, translate } from './language.ts'

/** Each template with the data it needs. */
export interface Views {
  home: object
  choose: {
    id: string
    service: string
    means: readonly { id: TextKey }[]
    persons: readonly { id: string; name: string }[]
    backUrl: string | undefined
  }
  back: { service: string; action: string; fields: Record<string, string> }
  error: { code: string }
}

export interface Pages {
  show<V extends keyof Views>(ctx: Context, view: V, data: Views[V]): void
}

/** Renders templates from `views/`, everything escaped. Forms go to ourselves, and back to the service alone. */
export function createPages(): Pages {
  const eta = new Eta({ views: join(import.meta.dirname, 'views'), cache: true })
  return {
    show(ctx, view, data) {
      const language = languageOf(ctx)
      const target = 'action' in data ? new URL(data.action).origin : "'self'"
      ctx.set({
        'Content-Security-Policy': `default-src 'none'; style-src 'self'; form-action ${target}; base-uri 'none'; frame-ancestors 'none'`,
        'X-Content-Type-Options': 'nosniff',
        'Cache-Control': 'no-store',
      })
      ctx.type = 'html'
      ctx.body = eta.render(`./${view}`, {
        ...data,
        language,
        t: (key: TextKey, values?: Record<string, string>) => translate(language, key, values),
      })
    },
  }
}
