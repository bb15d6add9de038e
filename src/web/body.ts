import { bodyParser } from '@koa/bodyparser'
import type { Context, Middleware } from 'koa'
import { AppError } from '../domain/errors.ts'
import type { Answer } from '../domain/factor.ts'

const MOST_FIELDS = 50

/** Parses forms; nothing else is accepted. */
const formsUpTo = (formLimit: string): Middleware =>
  bodyParser({
    enableTypes: ['form'],
    formLimit,
    onError: (error) => {
      throw new AppError('status' in error && error.status === 413 ? 'body_too_large' : 'bad_request', {
        cause: error,
      })
    },
  })

/** Our own forms; the answer of a passkey is the largest. */
export const parseForm = formsUpTo('128kb')

/** What another site posts: a SAML response may have 128 kB before it is encoded. */
export const parseForeignForm = formsUpTo('200kb')

/** The fields of a submitted form: single strings only; a repeated or nested field is no field. */
export function fieldsOf(ctx: Context): Answer {
  const body: unknown = ctx.request.body
  if (typeof body !== 'object' || body === null) throw new AppError('bad_request')
  const entries = Object.entries(body)
  if (entries.length > MOST_FIELDS) throw new AppError('bad_request')
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
