import type { Pages as ProviderPages } from '../oidc/provider.ts'
import type { ErrorPages } from './error-pages.ts'
import type { Pages } from './page.ts'

const PROBLEMS = { unknown: 'dev.err.unknown', aborted: 'dev.err.aborted', failed: 'dev.err.failed' } as const

/** oidc-provider's own pages, in our frame. */
export function oidcPages(pages: Pages, errors: ErrorPages): ProviderPages {
  return {
    error: (ctx, out) => errors.oauth(ctx, out),
    logout: (ctx, { action, xsrf, clientId, returnTo }) =>
      pages.show(ctx, 'pages/logout', { action, xsrf }, { clientId, redirectUri: returnTo }),
    loggedOut: (ctx, clientId) =>
      pages.show(ctx, 'pages/logged-out', { start: pages.startOf(clientId) }, { clientId }),
    posted: (ctx, form) => pages.show(ctx, 'pages/post', form, { redirectUri: form.action }),
    device: {
      code: (ctx, { xsrf, problem }) =>
        pages.show(
          ctx,
          'pages/device',
          { xsrf },
          problem ? { status: 422, errors: [{ key: PROBLEMS[problem], field: 'user_code' }] } : {},
        ),
      confirm: (ctx, { xsrf, request: { clientId, ...request } }) =>
        pages.show(ctx, 'pages/device-confirm', { xsrf, ...request }, { clientId }),
      done: (ctx, clientId) => pages.show(ctx, 'pages/device-done', {}, { clientId }),
    },
  }
}
