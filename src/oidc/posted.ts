import type { Context } from 'koa'
import type { KoaContextWithOIDC } from 'oidc-provider'

/** A form that the browser sends on by itself, or by a button where there is no JavaScript. */
export interface PostedForm {
  action: string
  fields: Record<string, string>
}

const TITLE = '<title>Submitting Callback</title>'

/**
 * The library's own page that sends a form on has an inline script and speaks English: `response_mode=form_post` gets
 * ours in its place. A logout where nobody is signed in needs no page at all.
 */
export function replacePosted(ctx: KoaContextWithOIDC, show: (ctx: Context, form: PostedForm) => void): void {
  if (typeof ctx.body !== 'string' || !ctx.body.includes(TITLE)) return
  if (ctx.oidc.route === 'end_session') nothingToEnd(ctx)
  else show(ctx, formIn(ctx.body))
}

function nothingToEnd(ctx: KoaContextWithOIDC): void {
  const { post_logout_redirect_uri: uri, state } = ctx.oidc.params ?? {}
  const target = new URL(typeof uri === 'string' ? uri : ctx.oidc.urlFor('end_session_success'))
  if (typeof uri === 'string' && typeof state === 'string') target.searchParams.set('state', state)
  ctx.status = 303
  ctx.redirect(target.href)
}

function formIn(html: string): PostedForm {
  const inputs = html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"\/>/g)
  return {
    action: plain(/<form method="post" action="([^"]*)"/.exec(html)?.[1] ?? ''),
    fields: Object.fromEntries([...inputs].map(([, name = '', value = '']) => [name, plain(value)])),
  }
}

const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
}

const plain = (escaped: string): string =>
  escaped.replace(/&(?:amp|lt|gt|quot|#39);/g, (name) => ENTITIES[name] ?? name)
