import type { Context, Middleware } from 'koa'
import { LoginFailed } from './login-types.ts'
import type { Pages, Problem } from './pages.ts'
import type { Sessions } from './session.ts'

const STATUS: Record<Problem, number> = {
  cancelled: 403,
  insufficient: 403,
  unreachable: 503,
  failed: 502,
  expired: 400,
  form: 403,
  missing: 404,
  broken: 500,
}

/** Thrown where a request cannot be answered; becomes a page. `again` is where to try once more. */
export class ProblemError extends Error {
  readonly reason: Problem
  readonly again: string | undefined

  constructor(reason: Problem, again?: string, cause?: unknown) {
    super(reason, { cause })
    this.reason = reason
    this.again = again
  }
}

interface ProblemDeps {
  pages: Pages
  sessions: Sessions
  onError: (error: Error) => void
}

/** Any failure ends here, as a page that says what happened and what to do. */
export function problems({ pages, sessions, onError }: ProblemDeps): Middleware {
  return async (ctx, next) => {
    try {
      await next()
      if (ctx.status === 404 && ctx.body === undefined) throw new ProblemError('missing')
    } catch (thrown) {
      const problem = asProblem(ctx, thrown)
      ctx.status = STATUS[problem.reason]
      if (ctx.status >= 500) onError(problem)
      pages.show(ctx, 'problem', { reason: problem.reason, again: problem.again }, sessions.of(ctx))
    }
  }
}

function asProblem(ctx: Context, thrown: unknown): ProblemError {
  if (thrown instanceof ProblemError) return thrown
  const again = ctx.method === 'GET' ? ctx.url : '/'
  if (thrown instanceof LoginFailed) return new ProblemError(thrown.reason, again, thrown)
  return new ProblemError(isClientError(thrown) ? 'form' : 'broken', undefined, thrown)
}

/** Koa's parsers say with a status whose mistake it was. */
const isClientError = (thrown: unknown): boolean =>
  thrown instanceof Error && 'status' in thrown && Number(thrown.status) < 500
