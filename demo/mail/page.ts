import type { RequestListener } from 'node:http'
import { Eta } from 'eta'
import Koa from 'koa'
import type { Address, Email } from 'postal-mime'
import { assets } from '../portal/assets.ts'

/** One page for all mails, as text: what a mail brings along is never run or loaded. */
export function mailPage(mails: readonly Email[]): RequestListener {
  const eta = new Eta({ views: import.meta.dirname, cache: true })
  const app = new Koa()
  app.use(assets)
  app.use((ctx, next) => {
    if (ctx.path !== '/') return next()
    ctx.set({
      'Content-Security-Policy':
        "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'",
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    })
    ctx.type = 'html'
    ctx.body = eta.render('./page', { mails, names })
  })
  return app.callback()
}

const names = (addresses: readonly Address[] = []): string =>
  addresses.map(({ name, address }) => [name, address && `<${address}>`].filter(Boolean).join(' ')).join(', ')
