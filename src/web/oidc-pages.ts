import type { Context, Middleware } from 'koa'
import type { Pages as ProviderPages } from '../oidc/provider.ts'
import type { ErrorPages } from './error-pages.ts'
import type { Pages } from './page.ts'

/** oidc-provider's own pages, in our frame. */
export function oidcPages(pages: Pages, errors: ErrorPages): ProviderPages {
  return {
    error: (ctx, out) => errors.oauth(ctx, out),
    logout: (ctx, { action, xsrf, clientId, returnTo }) =>
      pages.show(ctx, 'pages/logout', { action, xsrf }, { clientId, redirectUri: returnTo }),
    loggedOut: (ctx, clientId) =>
      pages.show(ctx, 'pages/logged-out', { start: pages.startOf(clientId) }, { clientId }),
  }
}

/** Help for everybody, without any login. */
export const helpPage =
  (pages: Pages): Middleware =>
  (ctx) =>
    pages.show(ctx as Context, 'pages/help', {})
