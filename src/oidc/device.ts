import type { Context, Middleware } from 'koa'
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { AppError } from '../domain/errors.ts'
import type { Attempts } from '../journey/ports.ts'

/** Who asks for a sign-in, and where the request came from. */
export interface DeviceRequest {
  clientId: string
  userCode: string
  address: string
  /** The device and the person's browser reach us from different addresses. */
  elsewhere: boolean
}

export interface DevicePages {
  /** Asks for the code that the device shows; `problem` says why again. */
  code(ctx: Context, form: { xsrf: string; problem?: DeviceProblem }): void
  confirm(ctx: Context, form: { xsrf: string; request: DeviceRequest }): void
  done(ctx: Context, clientId: string): void
}

export type DeviceProblem = 'unknown' | 'aborted' | 'failed'

export const DEVICE_PATH = '/device'
/** Seconds: long enough to type a code, short enough to make it hard to talk somebody into it. */
export const DEVICE_CODE_LIFETIME = 5 * 60
/** 20^8 codes; whoever guesses has no more than these tries. */
const GUESSES = { name: 'device-code', points: 20, seconds: 600 }

/**
 * The device flow (RFC 8628). Against remote phishing (5.4): codes are typed, never carried in a link; the page says
 * who asks and from where; and the sign-in is proven anew, whoever is signed in already.
 */
export function deviceFlow(
  pages: DevicePages,
): NonNullable<NonNullable<Configuration['features']>['deviceFlow']> {
  return {
    enabled: true,
    charset: 'base-20',
    mask: '****-****',
    deviceInfo: (ctx) => ({ address: addressOf(ctx) }),
    userCodeInputSource(ctx, _form, _out, error) {
      pages.code(ctx, { xsrf: xsrfOf(ctx), ...(error ? { problem: problemOf(error) } : {}) })
    },
    userCodeConfirmSource(ctx, _form, client, deviceInfo, userCode) {
      const { address = '' } = deviceInfo as { address?: string }
      const request = { clientId: client.clientId, userCode, address }
      pages.confirm(ctx, {
        xsrf: xsrfOf(ctx),
        request: { ...request, elsewhere: address !== addressOf(ctx) },
      })
    },
    successSource: (ctx) => pages.done(ctx, ctx.oidc.client?.clientId ?? ''),
  }
}

/** Before the library sees a request: no code comes by link, and codes are not to be guessed. Only failures count. */
export function guardDevice(attempts: Attempts): Middleware {
  return async (ctx, next) => {
    if (!isDevicePath(ctx.path)) return next()
    if (ctx.method !== 'POST') {
      ctx.query = {}
      return next()
    }
    const address = addressOf(ctx)
    const wait = await attempts.spend(GUESSES, address, 'fast')
    if (wait > 0) throw new AppError('too_many_attempts', { retryAfter: Math.ceil(wait) })
    await next()
    if (ctx.status !== 422) await attempts.refund(GUESSES, address, 'fast')
  }
}

/** As the library's router reads paths: in any case, with a slash at the end or without. */
const isDevicePath = (path: string): boolean => path.toLowerCase().replace(/\/$/, '') === DEVICE_PATH

/** The library offers a link with the code in it; whoever got it by mail would not notice whose sign-in it is. */
export function withoutLink(ctx: KoaContextWithOIDC): void {
  if (ctx.oidc?.route !== 'device_authorization' || typeof ctx.body !== 'object' || ctx.body === null) return
  const { verification_uri_complete: _, ...rest } = ctx.body as Record<string, unknown>
  ctx.body = rest
}

/** The address the pin found; the library's own would be that of the proxy. */
const addressOf = (ctx: Context): string => String(ctx.state.address)

const xsrfOf = (ctx: KoaContextWithOIDC): string =>
  (ctx.oidc.session as unknown as { state: { secret: string } }).state.secret

function problemOf(error: Error & { userCode?: string }): DeviceProblem {
  if (error.userCode !== undefined || error.name === 'NoCodeError' || error.name === 'NotFoundError')
    return 'unknown'
  return error.name === 'AbortedError' ? 'aborted' : 'failed'
}
