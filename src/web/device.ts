import { createHmac, randomBytes } from 'node:crypto'
import type { Context } from 'koa'
import { cookie } from './cookies.ts'

const MOST_ACCOUNTS = 8

/**
 * Tells a browser that has logged an account in before from strangers, so that strangers' failed attempts do not
 * lock the owner out. It proves nothing and opens nothing. The cookie holds a random id and one keyed digest per
 * account: it names nobody, and without the key none can be made.
 */
export interface Devices {
  knows(ctx: Context, accountId: string): boolean
  remember(ctx: Context, accountId: string): void
}

export function createDevices(key: Uint8Array, secure: boolean): Devices {
  const name = secure ? '__Host-pforte_device' : 'pforte_device'
  const mark = (id: string, accountId: string): string =>
    createHmac('sha256', key).update(`${id}|${accountId}`).digest('base64url').slice(0, 22)
  const read = (ctx: Context): string[] => (ctx.cookies.get(name, { signed: false }) ?? '').split('.')
  return {
    knows(ctx, accountId) {
      const [id = '', ...marks] = read(ctx)
      return marks.includes(mark(id, accountId))
    },
    remember(ctx, accountId) {
      const [known, ...marks] = read(ctx)
      const id = known || randomBytes(16).toString('base64url')
      const all = [...new Set([mark(id, accountId), ...(known ? marks : [])])].slice(0, MOST_ACCOUNTS)
      ctx.cookies.set(name, [id, ...all].join('.'), cookie(secure, true))
    },
  }
}
