import type { Context } from 'koa'
import { isWorkplace } from './workplace.ts'

/** One field that people see, as `parts/field` takes it; `label` is the key of a text. */
interface Field {
  label: string
  type?: 'email' | 'password'
  short?: boolean
  optional?: boolean
  attributes: Readonly<Record<string, string | number>>
}

/** A form that could not be taken, to be sent once more: all that was typed but what is secret. */
export interface Again {
  action: string
  csrf: string
  hidden: Record<string, string>
  /** Whose password it is, for password managers. */
  username: string | undefined
  fields: (Field & { name: string; value?: string })[]
  /** Whether something has to be typed anew. */
  secret: boolean
}

const tableOf = (fields: Record<string, Field>) => new Map(Object.entries(fields))

const NAME = { autocapitalize: 'none', spellcheck: 'false', autocomplete: 'username' }
const DIGITS = { inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: 20 }
const LETTERS = { autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false' }
const PLAIN = { autocomplete: 'off', spellcheck: 'false' }

/** Not typed: which button of which form it was, and boxes that were ticked. */
const SILENT = new Set('factor purpose wanted forGood shared kept session language'.split(' '))

/** Typed, and kept. Each name alone, or after the route or the factor (and purpose) that the form is for. */
const KEPT = tableOf({
  identifier: { label: 'login.id', attributes: { ...NAME, inputmode: 'email', maxlength: 320 } },
  email: { label: 'entry.email', type: 'email', attributes: { autocomplete: 'email', maxlength: 254 } },
  '/account/email email': {
    label: 'email.label',
    type: 'email',
    attributes: { autocomplete: 'email', maxlength: 254 },
  },
  customerNumber: { label: 'entry.number', optional: true, attributes: { ...PLAIN, maxlength: 64 } },
  '/interaction/:uid/account username': {
    label: 'entry.username',
    attributes: { ...NAME, maxlength: 128 },
  },
  'webauthn name': { label: 'pk.name', attributes: PLAIN },
  '/account/credentials/:id/rename name': { label: 'set.name', attributes: PLAIN },
})

/** Typed, and never written into a page: the field is there again, empty. */
const SECRET = tableOf({
  'password password': {
    label: 'login.pw',
    type: 'password',
    attributes: { autocomplete: 'current-password' },
  },
  'password enrol password': {
    label: 'newPw.label',
    type: 'password',
    attributes: { autocomplete: 'new-password' },
  },
  '/interaction/:uid/account password': {
    label: 'entry.password',
    type: 'password',
    attributes: { autocomplete: 'new-password' },
  },
  'totp code': { label: 'otp.label', short: true, attributes: DIGITS },
  'recovery-codes code': { label: 'rcin.label', short: true, attributes: LETTERS },
  '/interaction/:uid/code code': { label: 'entry.code.label', short: true, attributes: DIGITS },
  '/account/email/code code': { label: 'entry.code.label', short: true, attributes: DIGITS },
  '/interaction/:uid/access code': { label: 'tac.code', short: true, attributes: LETTERS },
  '/interaction/:uid/phone/confirm number': { label: 'phone.number', short: true, attributes: DIGITS },
  '/phone code': { label: 'phone.label', attributes: LETTERS },
  '/freeze code': { label: 'frz.label', attributes: LETTERS },
  '/workplace code': { label: 'wp.label', attributes: LETTERS },
})

/**
 * The form at hand, for a page that sends it again. Only a form of ours whose token was found right; undefined where it
 * has a field that stands in none of the lists above (the answer of a passkey, say): nothing is sent without it.
 */
export function formAgain(ctx: Context): Again | undefined {
  if (ctx.state.ours !== true) return undefined
  const { _csrf: csrf, ...body } = ctx.request.body as Record<string, unknown>
  const form: Again = {
    action: ctx.path.slice(1),
    csrf: String(csrf),
    hidden: {},
    username: undefined,
    fields: [],
    secret: false,
  }
  const prefixes = [`${ctx._matchedRoute} `, `${body.factor} ${body.purpose} `, `${body.factor} `, '']
  const find = (table: typeof KEPT, name: string): Field | undefined =>
    prefixes.map((prefix) => table.get(prefix + name)).find((field) => field !== undefined)
  for (const [name, value] of Object.entries(body)) {
    if (typeof value !== 'string') return undefined
    const [kept, secret] = [find(KEPT, name), find(SECRET, name)]
    if (SILENT.has(name)) form.hidden[name] = value
    else if (secret) form.fields.push({ ...secret, name })
    else if (kept) form.fields.push({ ...onThisComputer(ctx, kept), name, value })
    else if (name === 'username' && body.factor === 'password') form.username = value
    else return undefined
    if (secret) form.secret = true
  }
  return form
}

/** A workplace suggests nobody's name to the next one. */
const onThisComputer = (ctx: Context, field: Field): Field =>
  isWorkplace(ctx) ? { ...field, attributes: { ...field.attributes, autocomplete: 'off' } } : field

/** The page that a form of ours stood on, or the overview that leads to it. */
export const backFrom = (path: string): string =>
  path.replace(/^(\/interaction\/[^/]+|\/account|\/desk|\/phone)\/.*$/, '$1')
