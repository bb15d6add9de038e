import { brotliCompressSync, constants } from 'node:zlib'
import type { Context } from 'koa'
import type { ClientSettings, Live } from '../settings/types.ts'
import type { Assets } from './assets.ts'
import type { Language, Languages, Params } from './languages.ts'
import { allowFormsTo } from './security-headers.ts'
import { type Frame, render, type Start, type Views } from './views.ts'

/** A message at a field, or for the whole page. `fallback` is the key for factors that have no message of their own. */
export interface PageError {
  key: string
  fallback?: string
  params?: Params
  field?: string
}

/** What a page needs besides its own data. */
export interface PageOptions {
  status?: number
  errors?: PageError[]
  /** Address the page's forms begin with, and where a change of language leads. */
  base?: string
  csrf?: string
  values?: Readonly<Record<string, string>>
  clientId?: string | undefined
  redirectUri?: string | undefined
  /** Another site that a form of this page is sent to. */
  formsTo?: string | undefined
  uiLocales?: string | undefined
  /** The page shows a secret: it is not compressed, so that its size tells nothing (BREACH). */
  secret?: boolean
  /** When what is only announced today will be required; milliseconds. */
  announced?: number | undefined
}

export interface Pages {
  show<V extends keyof Views & string>(ctx: Context, view: V, data: Views[V], options?: PageOptions): void
  language(ctx: Context, uiLocales?: string): Language
  /** Those the operator offers. */
  languages(): readonly Language[]
  /** A day, or a moment, in the page's language and the operator's zone. `at` in milliseconds. */
  day(ctx: Context, at: number): string
  moment(ctx: Context, at: number): string
  /** A language by its code, where the operator offers it; else the operator's first. */
  speak(code: string): Language
  /** The operator's IANA zone. */
  zone(): string
  /** Where people start anew at an application, if it has said so. */
  startOf(clientId: string | undefined): Start | undefined
}

export interface PageDeps {
  live: () => Live
  /** What pages say of an application. */
  client: (clientId: string) => PageClient | undefined
  languages: Languages
  assets: Assets
}

type PageClient = Pick<ClientSettings, 'name' | 'breadcrumb' | 'initiateLoginUri'>

const LINKS = ['imprint', 'privacy', 'accessibility', 'plainLanguage', 'signLanguage'] as const

/** Pages from `views/` in the frame that all of them share. */
export function createPages({ live, client: find, languages, assets }: PageDeps): Pages {
  const language = (ctx: Context, uiLocales?: string): Language =>
    languages.of(ctx, live().operator.languages, uiLocales)

  const offered = () => languages.all.filter(({ code }) => live().operator.languages.includes(code))

  const frame = (ctx: Context, speak: Language, options: PageOptions): Frame => {
    const { operator } = live()
    const { clientId, announced, errors = [], base = '', csrf = '', values = {} } = options
    const client = clientId === undefined ? undefined : find(clientId)
    const { css, logo } = assets.brand(operator)
    return {
      lang: speak.code,
      dir: speak.dir,
      t: speak.t,
      operator,
      client: client && { name: client.name, breadcrumb: client.breadcrumb },
      languages: offered().map(({ code, name }) => ({
        code,
        name,
        href: inLanguage(ctx, code, base),
        current: code === speak.code,
      })),
      links: LINKS.flatMap((name) => {
        const href = operator.links[name]
        return href ? [{ href, key: `g.${name}` }] : []
      }),
      asset: assets.url,
      brand: css,
      logo,
      banner:
        announced === undefined
          ? undefined
          : speak.t('g.announced', { date: speak.date(announced, operator.zone) }),
      errors: errors.map((error) => ({
        text: textOf(speak, error),
        field: error.field,
        params: error.params,
      })),
      values,
      scripts: [],
      styles: [],
      base,
      csrf,
    }
  }

  return {
    language,
    languages: offered,
    day: (ctx, at) => language(ctx).date(at, live().operator.zone),
    moment(ctx, at) {
      const { date, time } = language(ctx)
      const { zone } = live().operator
      return `${date(at, zone)}, ${time(at, zone)}`
    },
    speak(code) {
      const [first] = live().operator.languages
      const wanted = offered().find((one) => one.code === code) ?? offered().find((one) => one.code === first)
      if (!wanted) throw new Error('the operator has no language')
      return wanted
    },
    zone: () => live().operator.zone,
    startOf(clientId) {
      const client = clientId === undefined ? undefined : find(clientId)
      return client?.initiateLoginUri ? { name: client.name, href: client.initiateLoginUri } : undefined
    },
    show(ctx, view, data, options = {}) {
      const speak = language(ctx, options.uiLocales)
      if (options.status) ctx.status = options.status
      const targets = [options.redirectUri, options.formsTo].filter((url) => url !== undefined)
      if (targets.length > 0)
        allowFormsTo(
          ctx,
          targets.map((url) => new URL(url).origin),
        )
      ctx.set({ 'Cache-Control': 'no-store', 'Content-Language': speak.code })
      ctx.type = 'html'
      send(ctx, render(view, data, frame(ctx, speak, options)), options.secret !== true)
    },
  }
}

/** People pay for the bytes: pages go compressed, quickly rather than tightly. */
function send(ctx: Context, html: string, compressed: boolean): void {
  ctx.vary('Accept-Encoding')
  if (!compressed || ctx.acceptsEncodings('br', 'identity') !== 'br') {
    ctx.body = html
    return
  }
  ctx.set('Content-Encoding', 'br')
  ctx.body = brotliCompressSync(html, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })
}

const textOf = ({ t, has }: Language, { key, fallback, params }: PageError): string =>
  t(has(key) || !fallback ? key : fallback, params)

/** The same page in another language; after a POST, the page that shows the same step. */
function inLanguage(ctx: Context, code: string, base: string): string {
  const kept = ctx.method === 'GET' && base === '' ? ctx.query : {}
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(kept)) if (typeof value === 'string') query.set(name, value)
  query.set('lang', code)
  return `${ctx.method === 'GET' ? ctx.path : base || '/help'}?${query}`
}
