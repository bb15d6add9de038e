import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context } from 'koa'
import { AppError } from '../domain/errors.ts'

/** Form tokens bound to a subject (an interaction, a session): worthless for any other. */
export interface Csrf {
  token(subject: string): string
  /** Whether the POST comes from our own page for this subject; noted in `ctx.state.ours` where it does. */
  isOurs(ctx: Context, subject: string, given: string | undefined): boolean
  /** Throws `cross_site` unless it does. */
  check(ctx: Context, subject: string, given: string | undefined): void
}

/**
 * Three nets: the cookie behind the subject is `SameSite=Lax`, the browser says where the request comes from
 * (Fetch Metadata, Origin), and the form carries a token nobody else can make (OWASP ASVS 5.0, 3.5.1).
 */
export function createCsrf(key: Uint8Array, origin: string): Csrf {
  const digest = (subject: string): Buffer => createHmac('sha256', key).update(subject).digest()
  const isOurs: Csrf['isOurs'] = (ctx, subject, given) => {
    const actual = Buffer.from(given ?? '', 'base64url')
    const same =
      actual.length === 2 * SIZE &&
      timingSafeEqual(digest(subject), xor(actual.subarray(0, SIZE), actual.subarray(SIZE)))
    if (!same || !sameOrigin(ctx, origin)) return false
    ctx.state.ours = true
    return true
  }
  return {
    token(subject) {
      const mask = randomBytes(SIZE)
      return Buffer.concat([mask, xor(mask, digest(subject))]).toString('base64url')
    },
    isOurs,
    check(ctx, subject, given) {
      if (!isOurs(ctx, subject, given)) throw new AppError('cross_site')
    },
  }
}

const SIZE = 32

/** Another token on each page: the size of a compressed page then tells nothing of it (BREACH). */
const xor = (mask: Buffer, value: Buffer): Buffer =>
  Buffer.from(value.map((byte, i) => byte ^ (mask[i] ?? 0)))

/** Browsers that send neither header are held by cookie and token alone. */
function sameOrigin(ctx: Context, origin: string): boolean {
  const site = ctx.get('sec-fetch-site')
  const from = ctx.get('origin')
  return (site === '' || site === 'same-origin' || site === 'none') && (from === '' || from === origin)
}
