import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context } from 'koa'
import type { Ephemeral } from '../journey/ports.ts'
import type { Self, SelfLogin, Wish } from '../oidc/self.ts'
import { cookie } from './cookies.ts'
import { seeOther } from './see-other.ts'

const FLOW_SECONDS = 60 * 60

export interface SelfSessions {
  /** Name of the session that the browser says it has; nobody has looked whether there is one. */
  named(ctx: Context): string
  /** Name of the session at hand, for form tokens, and whose it is. */
  current(ctx: Context): Promise<{ id: string; login: SelfLogin } | undefined>
  /** Sends the browser to sign in, or to prove or set up something, and from there to `returnTo`. */
  begin(ctx: Context, returnTo: string, wish: Wish): Promise<void>
  /** Takes the answer: where the browser was to return to, and whether it came through; undefined for a strange one. */
  finish(ctx: Context): Promise<{ returnTo: string; through: boolean } | undefined>
}

interface Flow {
  state: string
  verifier: string
  returnTo: string
}

export interface SelfSessionDeps {
  /** Which pages: each have sessions of their own. */
  name: string
  ephemeral: Ephemeral
  self: Self
  secure: boolean
  /** Seconds since the login; since it was last used, where it `slides`. */
  idle: number
  slides?: boolean
}

/**
 * The own session of pages of ours: a random name in a cookie, everything else on the server. It has a new name after
 * each login, and says no more than whose session of the provider is to be asked.
 */
export function createSelfSessions({
  name,
  ephemeral,
  self,
  secure,
  idle,
  slides = false,
}: SelfSessionDeps): SelfSessions {
  const prefix = secure ? '__Host-' : ''
  const [session, flow] = [`${prefix}pforte_${name}`, `${prefix}pforte_${name}_flow`]
  const options = cookie(secure, false)
  const read = (ctx: Context, cookie: string): string => ctx.cookies.get(cookie, { signed: false }) ?? ''
  const named = (ctx: Context): string => read(ctx, session)
  const fresh = (): string => randomBytes(32).toString('base64url')

  const takeFlow = async (ctx: Context): Promise<Flow | undefined> => {
    const key = `${name}-flow:${read(ctx, flow)}`
    const [raw] = await ephemeral.get([key])
    if (raw === undefined) return undefined
    const begun = JSON.parse(raw) as Flow
    if (!same(begun.state, String(ctx.query.state ?? '')) || !(await ephemeral.replace(key, raw, null)))
      return undefined
    return begun
  }

  return {
    named,

    async current(ctx) {
      const id = named(ctx)
      const [raw] = await ephemeral.get([`${name}:${id}`])
      if (raw === undefined) return undefined
      const login = JSON.parse(raw) as SelfLogin
      if (!(await self.alive(login))) return undefined
      if (slides) await ephemeral.put(`${name}:${id}`, raw, idle)
      return { id, login }
    },

    async begin(ctx, returnTo, wish) {
      const id = fresh()
      const begun: Flow = { state: fresh(), verifier: fresh(), returnTo }
      await ephemeral.put(`${name}-flow:${id}`, JSON.stringify(begun), FLOW_SECONDS)
      ctx.cookies.set(flow, id, options)
      seeOther(ctx, self.authorization(begun, wish))
    },

    async finish(ctx) {
      const begun = await takeFlow(ctx)
      if (!begun) return undefined
      const login = await self.redeem(String(ctx.query.code ?? ''), begun.verifier)
      if (login) {
        const id = fresh()
        await ephemeral.put(`${name}:${id}`, JSON.stringify(login), idle)
        await ephemeral.delete([`${name}:${named(ctx)}`])
        ctx.cookies.set(session, id, options)
      }
      return { returnTo: begun.returnTo, through: login !== undefined }
    },
  }
}

function same(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}
