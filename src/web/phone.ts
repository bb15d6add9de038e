import type { Context } from 'koa'
import { AppError } from '../domain/errors.ts'
import type { Answer } from '../domain/factor.ts'
import { machineOf } from '../domain/machine.ts'
import { grouped, heard } from '../domain/spoken.ts'
import type { Deps } from '../journey/deps.ts'
import { HANDOVER } from '../journey/handover.ts'
import {
  agree,
  answerAtPhone,
  atPhone,
  join,
  leavePhone,
  type PhoneVisit,
  showAtPhone,
} from '../journey/phone.ts'
import { fieldsOf } from './body.ts'
import { cookie } from './cookies.ts'
import type { Csrf } from './csrf.ts'
import { errorOf } from './errors-of-factors.ts'
import type { NetworkOf } from './networks.ts'
import type { PageOptions, Pages } from './page.ts'
import { seeOther } from './see-other.ts'
import { tooMany } from './too-many.ts'

const BASE = '/phone'

export interface PhoneDeps {
  journey: Deps
  pages: Pages
  csrf: Csrf
  networkOf: NetworkOf
  secure: boolean
}

/**
 * The pages at the phone, for a set-up that begins at another device. The link in the QR code only fills in the code;
 * nothing is taken before the person presses the button.
 */
export function phonePages({ journey, pages, csrf, networkOf, secure }: PhoneDeps) {
  const name = secure ? '__Host-pforte_phone' : 'pforte_phone'
  const options = { ...cookie(secure, false), maxAge: HANDOVER }
  const secretOf = (ctx: Context): string => ctx.cookies.get(name, { signed: false }) ?? ''
  // Before anybody is known to be here there is nothing that another site could act on.
  const subject = (ctx: Context): string => `phone ${secretOf(ctx)}`
  const framed = (ctx: Context, more: PageOptions = {}): PageOptions => ({
    ...more,
    base: BASE,
    csrf: csrf.token(subject(ctx)),
  })

  const codePage = (ctx: Context, code: string, more: PageOptions = {}): void =>
    pages.show(ctx, 'phone/code', {}, framed(ctx, { ...more, values: { code } }))

  const factorPage = async (ctx: Context, visit: PhoneVisit, more: PageOptions = {}): Promise<void> => {
    const shown = await showAtPhone(journey, visit, pages.language(ctx).code)
    if (shown.as !== 'page') throw new AppError('not_permitted_now')
    const step = {
      factor: visit.factor.id,
      purpose: 'enrol' as const,
      others: [],
      skippable: false,
      known: true,
      forgotten: false,
      newcomers: false,
      portable: false,
    }
    pages.show(ctx, shown.view, { ...shown.data, ...step }, framed(ctx, { ...more, secret: true }))
  }

  const current = async (ctx: Context, visit: PhoneVisit): Promise<void> => {
    const { state, handover, account, factor } = visit
    if (state?.number)
      return pages.show(ctx, 'phone/number', { number: grouped(state.number, 3) }, framed(ctx))
    if (state) return factorPage(ctx, visit)
    const { browser, system, clientId, network, at } = handover.begun
    const elsewhere = networkOf(String(ctx.state.address)).key !== network
    const begun = pages.moment(ctx, at)
    const data = { username: account.username, factor: factor.id, browser, system, begun, elsewhere }
    pages.show(ctx, 'phone/check', data, framed(ctx, { clientId }))
  }

  const post =
    (handler: (ctx: Context, visit: PhoneVisit, fields: Answer) => Promise<void>) => async (ctx: Context) => {
      const fields = fieldsOf(ctx)
      csrf.check(ctx, subject(ctx), fields._csrf)
      const visit = await atPhone(journey, secretOf(ctx))
      return visit ? handler(ctx, visit, fields) : back(ctx)
    }

  return {
    async show(ctx: Context): Promise<void> {
      const { code } = ctx.query
      if (typeof code === 'string') return codePage(ctx, grouped(heard(code).slice(0, 8), 4))
      if (secretOf(ctx) === '') return codePage(ctx, '')
      const visit = await atPhone(journey, secretOf(ctx))
      if (visit) return current(ctx, visit)
      ctx.cookies.set(name, null, cookie(secure, false))
      pages.show(ctx, 'phone/over', {})
    },

    async submit(ctx: Context): Promise<void> {
      const fields = fieldsOf(ctx)
      csrf.check(ctx, subject(ctx), fields._csrf)
      const on = machineOf(ctx.get('user-agent'))
      const { address, requestId } = ctx.state
      const code = fields.code ?? ''
      const outcome = await join(journey, code, { on, network: networkOf(address), requestId })
      if ('wait' in outcome) return codePage(ctx, code, tooMany(ctx, outcome.wait))
      if (!outcome.secret)
        return codePage(ctx, code, { status: 422, errors: [{ key: 'phone.err.code', field: 'code' }] })
      ctx.cookies.set(name, outcome.secret, options)
      back(ctx)
    },

    agree: post(async (ctx, visit) => {
      if (!visit.state) await agree(journey, visit)
      back(ctx)
    }),

    answer: post(async (ctx, visit, fields) => {
      // A double click, or the back button: it was set up before.
      if (visit.state?.number) return back(ctx)
      const outcome = await answerAtPhone(journey, visit, fields)
      if (outcome.ok) return back(ctx)
      const values = fields.name ? { name: fields.name } : {}
      await factorPage(ctx, visit, { status: 422, errors: [errorOf(visit.factor.id, outcome)], values })
    }),

    abort: post(async (ctx, visit) => {
      await leavePhone(journey, visit)
      back(ctx)
    }),
  }
}

const back = (ctx: Context): void => seeOther(ctx, BASE)
