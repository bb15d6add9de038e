import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import { AppError } from '../domain/errors.ts'
import type { Deps } from '../journey/deps.ts'
import { registerWorkplace } from '../journey/workplaces.ts'
import { fieldsOf } from './body.ts'
import { cookie } from './cookies.ts'
import type { Csrf } from './csrf.ts'
import type { NetworkOf } from './networks.ts'
import type { Pages } from './page.ts'
import { seeOther } from './see-other.ts'
import { tooMany } from './too-many.ts'

/** What the form tokens of the button „Nächste Person“ are made for. */
export const NEXT = 'next person'
const REGISTER = 'workplace'
/** Milliseconds in which a browser that was cleared is told again which workplace it is. */
const PASS = 60_000

export interface WorkplaceDeps {
  journey: Deps
  pages: Pages
  csrf: Csrf
  networkOf: NetworkOf
  secure: boolean
  /** Signs what takes a workplace over the clearing of its browser. */
  key: Uint8Array
  /** Ends the session of this browser. */
  leave: (ctx: Context) => Promise<void>
  /** The application that this browser came from last. */
  serviceOf: (ctx: Context) => string | undefined
}

/** Whether the browser is that of a registered workplace. */
export const isWorkplace = (ctx: Context): boolean => ctx.state.workplace === true

/** Computers that one person after the other uses: how one becomes known, and is made free for the next. */
export function workplacePages(deps: WorkplaceDeps) {
  const { journey, pages, csrf, secure } = deps
  const name = secure ? '__Host-pforte_workplace' : 'pforte_workplace'
  const signed = { ...cookie(secure, true), signed: true } as const
  const pass = createPass(deps.key, journey.now)
  const idOf = (ctx: Context): string | undefined => ctx.cookies.get(name, { signed: true })

  const show = (ctx: Context, options = {}): void =>
    pages.show(ctx, 'pages/workplace', { here: isWorkplace(ctx) }, { csrf: csrf.token(REGISTER), ...options })

  /** Applications are told before the browser forgets; what it keeps of the workplace itself is given anew. */
  const free = async (ctx: Context): Promise<void> => {
    const [id, service] = [idOf(ctx), deps.serviceOf(ctx)]
    await deps.leave(ctx)
    const query = new URLSearchParams({
      ...(id === undefined ? {} : { pass: pass.write(id) }),
      ...(service === undefined ? {} : { service }),
    })
    ctx.set('Clear-Site-Data', '"cache", "cookies", "storage"')
    ctx.set('Cache-Control', 'no-store')
    seeOther(ctx, `/next/done?${query}`)
  }

  return {
    /** Fails closed: a browser that says it is a workplace is one while nobody can be asked. */
    recognise: (async (ctx, next) => {
      const id = idOf(ctx)
      if (id !== undefined && !ctx.state.workplace) {
        ctx.state.workplace = true
        ctx.state.workplace = await journey.stores.workplaces.isRegistered(id)
      }
      return next()
    }) as Middleware,

    show: (ctx: Context): void => show(ctx),

    async submit(ctx: Context): Promise<void> {
      const fields = fieldsOf(ctx)
      csrf.check(ctx, REGISTER, fields._csrf)
      const { address, requestId } = ctx.state
      const from = { network: deps.networkOf(address).key, requestId }
      const result = await registerWorkplace(journey, fields.code ?? '', from)
      if ('wait' in result) return show(ctx, tooMany(ctx, result.wait))
      if (!result.id) return show(ctx, { status: 422, errors: [{ key: 'desk.err.code', field: 'code' }] })
      ctx.cookies.set(name, result.id, signed)
      seeOther(ctx, '/workplace')
    },

    async next(ctx: Context): Promise<void> {
      if (!isWorkplace(ctx)) throw new AppError('not_found')
      csrf.check(ctx, NEXT, fieldsOf(ctx)._csrf)
      await free(ctx)
    },

    /** The page goes here by itself after some time; no other site sends people here. */
    async idle(ctx: Context): Promise<void> {
      if (!isWorkplace(ctx)) throw new AppError('not_found')
      if (!['', 'same-origin', 'none'].includes(ctx.get('sec-fetch-site'))) throw new AppError('cross_site')
      await free(ctx)
    },

    done(ctx: Context): void {
      const { pass: given, service } = ctx.query
      const id = typeof given === 'string' ? pass.read(given) : undefined
      if (id !== undefined) {
        ctx.cookies.set(name, id, signed)
        const query = typeof service === 'string' ? `?${new URLSearchParams({ service })}` : ''
        seeOther(ctx, `/next/done${query}`)
        return
      }
      const start = pages.startOf(typeof service === 'string' ? service : undefined)
      pages.show(ctx, 'pages/next', { start })
    },
  }
}

/**
 * Takes the id of a workplace over the moment in which its browser forgets all cookies. Whoever gets hold of one
 * within its minute can make a browser a workplace, which is the least a browser can be.
 */
function createPass(key: Uint8Array, now: () => number) {
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest()
  return {
    write(id: string): string {
      const text = `${id}.${now() + PASS}`
      return `${text}.${digest(text).toString('base64url')}`
    },
    read(given: string): string | undefined {
      const [id = '', until = '', mark = ''] = given.split('.')
      const [found, right] = [Buffer.from(mark, 'base64url'), digest(`${id}.${until}`)]
      const genuine = found.length === right.length && timingSafeEqual(found, right)
      return genuine && Number(until) > now() ? id : undefined
    },
  }
}
