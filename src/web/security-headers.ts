import type { Context, Middleware } from 'koa'

const YEAR = 365 * 24 * 60 * 60

/** No inline script or style, nothing from elsewhere, no frames (OWASP ASVS 5.0, 3.4). */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
]

/** Set before anything is answered, so that errors carry them too. */
export function securityHeaders(secure: boolean): Middleware {
  const headers = {
    'Content-Security-Policy': policy([]),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Permissions-Policy':
      'camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self), publickey-credentials-create=(self)',
    ...(secure ? { 'Strict-Transport-Security': `max-age=${YEAR}; includeSubDomains` } : {}),
  }
  return (ctx, next) => {
    ctx.set(headers)
    return next()
  }
}

/** Browsers hold the redirect that answers a form to `form-action` too: the application's origin is added. */
export function allowFormsTo(ctx: Context, origins: readonly string[]): void {
  ctx.set('Content-Security-Policy', policy(origins))
}

const policy = (origins: readonly string[]): string =>
  [...POLICY, `form-action ${["'self'", ...new Set(origins)].join(' ')}`].join('; ')
