/**
 * Failures that are nobody's answer to a question: broken state, outages, limits. What people do wrong is a
 * `Verdict`, never one of these. One table keeps status and the keys of title and message together.
 */
export const ERRORS = {
  not_found: { status: 404, message: 'err.notFound', title: 'err.title' },
  method_not_allowed: { status: 405, message: 'err.notFound', title: 'err.title' },
  body_too_large: { status: 413, message: 'err.request', title: 'err.title' },
  bad_request: { status: 400, message: 'err.request', title: 'err.title' },
  cross_site: { status: 403, message: 'err.crossSite', title: 'err.title' },
  cookies_missing: { status: 400, message: 'err.cookies', title: 'err.title' },
  interaction_expired: { status: 410, message: 'sess.expText', title: 'sess.expTitle' },
  not_permitted_now: { status: 403, message: 'err.notPermitted', title: 'err.title' },
  too_many_attempts: { status: 429, message: 'err.tooMany', title: 'err.title' },
  too_many_requests: { status: 429, message: 'err.requests', title: 'err.title' },
  busy: { status: 503, message: 'err.busy', title: 'err.title' },
  store_unavailable: { status: 503, message: 'err.busy', title: 'err.title' },
  internal: { status: 500, message: 'err.text', title: 'err.title' },
} as const

export type ErrorCode = keyof typeof ERRORS

export interface ErrorOptions {
  cause?: unknown
  /** Seconds after which trying again makes sense; becomes `Retry-After`. */
  retryAfter?: number
  /** For logs; never shown, never personal data. */
  details?: Record<string, string | number>
}

export class AppError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly retryAfter: number | undefined
  readonly details: Record<string, string | number>

  constructor(code: ErrorCode, { cause, retryAfter, details = {} }: ErrorOptions = {}) {
    super(code, { cause })
    this.name = 'AppError'
    this.code = code
    this.status = ERRORS[code].status
    this.retryAfter = retryAfter
    this.details = details
  }
}
