import type { Context, Middleware } from 'koa'
import type { AppError } from '../domain/errors.ts'
import { ERRORS } from '../domain/errors.ts'
import type { Live } from '../settings/types.ts'

export interface PageError {
  key: string
  fallback?: string
  params?: Record<string, string | number>
  field?: string
}
export interface PageOptions {
  status?: number
  errors?: PageError[]
  base?: string
  csrf?: string
  clientId?: string | undefined
  redirectUri?: string | undefined
  uiLocales?: string | undefined
  announced?: number | undefined
}

export interface Pages {
  show(ctx: Context, view: string, data: object, options: PageOptions): void
  rememberClient(ctx: Context, clientId: string): void
  showError(ctx: Context, error: AppError): void
  headers: Middleware
  assets: Middleware
  help: Middleware
  error(ctx: Context, out: { error: string; error_description?: string | undefined }, cause: Error): void
  logout(ctx: Context, form: { action: string; xsrf: string; clientId: string | undefined }): void
  loggedOut(ctx: Context, clientId: string | undefined): void
}

export async function createPages(_deps: { issuer: string; live: () => Live }): Promise<Pages> {
  const html = (ctx: Context, body: string) => {
    ctx.type = 'html'
    ctx.body = `<!doctype html><html lang="de"><title>x</title><body>${body}</body></html>`
  }
  const show: Pages['show'] = (ctx, view, data, o) => {
    ctx.status = o.status ?? 200
    const d = data as Record<string, unknown>
    const form = (action: string, extra = '') =>
      `<form method="post" action="${o.base}/${action}"><input type="hidden" name="_csrf" value="${o.csrf}"><input type="hidden" name="factor" value="${d.factor}"><input type="hidden" name="purpose" value="${d.purpose}">${extra}<button>${action}</button></form>`
    html(
      ctx,
      `<h1>${view}</h1><pre>${JSON.stringify({ ...d, qr: undefined })}</pre><p>${JSON.stringify(o.errors)}</p>${form('answer')}${d.skippable ? form('skip') : ''}${form('choose')}${form('continue')}${form('abort')}`,
    )
  }
  return {
    show,
    rememberClient() {},
    showError(ctx, error) {
      html(ctx, `error ${error.code} ${ERRORS[error.code].message}`)
    },
    headers: (_ctx, next) => next(),
    assets: (_ctx, next) => next(),
    help: (ctx) => html(ctx, 'help'),
    error: (ctx, out) => html(ctx, `oidc error ${out.error} ${out.error_description}`),
    logout: (ctx, form) =>
      html(
        ctx,
        `<form method="post" action="${form.action}"><input type="hidden" name="xsrf" value="${form.xsrf}"><button name="logout" value="yes">ok</button></form>`,
      ),
    loggedOut: (ctx) => html(ctx, 'logged out'),
  }
}
