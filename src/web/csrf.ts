import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Context } from 'koa'
import { AppError } from '../domain/errors.ts'

/** Form tokens bound to a subject (an interaction, a session): worthless for any other. */
export interface Csrf {
  token(subject: string): string
  /** Throws `cross_site` unless the POST comes from our own page for this subject. */
  check(ctx: Context, subject: string, given: string | undefined): void
}

/**
 * Three nets: the cookie behind the subject is `SameSite=Lax`, the browser says where the request comes from
 * (Fetch Metadata, Origin), and the form carries a token nobody else can make (OWASP ASVS 5.0, 3.5.1).
 */
export function createCsrf(key: Uint8Array, origin: string): Csrf {
  const token = (subject: string): string => createHmac('sha256', key).update(subject).digest('base64url')
  return {
    token,
    check(ctx, subject, given) {
      const expected = Buffer.from(token(subject))
      const actual = Buffer.from(given ?? '')
      const same = expected.length === actual.length && timingSafeEqual(expected, actual)
      if (!same || !sameOrigin(ctx, origin)) throw new AppError('cross_site')
    },
  }
}

/** Browsers that send neither header are held by cookie and token alone. */
function sameOrigin(ctx: Context, origin: string): boolean {
  const site = ctx.get('sec-fetch-site')
  const from = ctx.get('origin')
  return (site === '' || site === 'same-origin' || site === 'none') && (from === '' || from === origin)
}
