import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import i18next, { type TFunction } from 'i18next'
import type { Context } from 'koa'
import { cookie } from './cookies.ts'

const LOCALES = join(import.meta.dirname, '../../views/locales')
const COOKIE = 'pforte_language'

/** Values for the placeholders of a text. A number decides between singular and plural. */
export type Params = Record<string, string | number>

/** One language's texts, bound. */
export interface Language {
  code: string
  /** Own name of the language. */
  name: string
  dir: 'ltr' | 'rtl'
  /** The text of a key; throws for a key that is nowhere. */
  t(key: string, params?: Params): string
  has(key: string): boolean
  /** A day as people write it, in the operator's zone. `at` in milliseconds. */
  date(at: number, zone: string): string
  /** Hours and minutes, likewise. */
  time(at: number, zone: string): string
}

export interface Languages {
  all: readonly Language[]
  /**
   * The language of an answer: what the person chose here, what the relying party asks for (`ui_locales`), what the
   * browser asks for, the operator's first. Remembers a choice made by `?lang=`.
   */
  of(ctx: Context, offered: readonly string[], uiLocales: string | undefined): Language
}

/** Names of ways to sign in that configuration brings along: by factor, then by language. */
export type FactorNames = Readonly<Record<string, Readonly<Record<string, string>>>>

/** Reads every `views/locales/<code>.json`; a further language is one file more. */
export async function loadLanguages(secure: boolean, names: FactorNames = {}): Promise<Languages> {
  const codes = readdirSync(LOCALES).map((file) => file.replace(/\.json$/, ''))
  const texts = codes.map((code) => [code, { translation: named(read(code), code, names) }] as const)
  const i18n = i18next.createInstance()
  await i18n.init({
    resources: Object.fromEntries(texts),
    supportedLngs: codes,
    fallbackLng: false,
    keySeparator: false,
    nsSeparator: false,
    interpolation: { prefix: '{', suffix: '}', escapeValue: false },
    parseMissingKeyHandler: (key) => {
      throw new Error(`no text for "${key}"`)
    },
  })
  const all = codes.map((code) => bind(code, i18n.getFixedT(code), (key) => i18n.exists(key, { lng: code })))
  const known = new Map(all.map((language) => [language.code, language]))

  return {
    all,
    of(ctx, offered, uiLocales = '') {
      const chosen = String(ctx.query.lang ?? '')
      if (offered.includes(chosen)) ctx.cookies.set(COOKIE, chosen, cookie(secure, true))
      const wishes = [
        chosen,
        ctx.cookies.get(COOKIE, { signed: false }) ?? '',
        ...uiLocales.split(' ').map(base),
      ]
      const accepted = ctx.acceptsLanguages([...offered])
      const code = wishes.find((wish) => offered.includes(wish)) ?? (accepted || offered[0])
      const language = known.get(code ?? '')
      if (!language) throw new Error(`views/locales has no ${code}.json`)
      return language
    },
  }
}

function bind(code: string, text: TFunction, has: (key: string) => boolean): Language {
  const t = (key: string, params: Params = {}): string => {
    const count = Object.values(params).find((value) => typeof value === 'number')
    return text(key, { ...params, ...(count === undefined ? {} : { count }) })
  }
  return {
    code,
    name: t('language.name'),
    dir: t('language.dir') === 'rtl' ? 'rtl' : 'ltr',
    t,
    has: (key) => has(key) || has(`${key}_other`),
    date: (at, timeZone) => new Intl.DateTimeFormat(code, { dateStyle: 'long', timeZone }).format(at),
    time: (at, timeZone) => new Intl.DateTimeFormat(code, { timeStyle: 'short', timeZone }).format(at),
  }
}

const read = (code: string): Record<string, string> =>
  JSON.parse(readFileSync(join(LOCALES, `${code}.json`), 'utf8'))

/** The texts of `saml`, with each name that is configured, as those of its factor. */
function named(texts: Record<string, string>, code: string, names: FactorNames): Record<string, string> {
  const all = { ...texts }
  for (const [factor, byLanguage] of Object.entries(names))
    for (const [key, text] of Object.entries(texts)) {
      const own = key.replace(/(^|\.)saml(\.|$)/, `$1${factor}$2`)
      const provider = byLanguage[code] ?? byLanguage.en ?? factor
      if (own !== key) all[own] = text.replaceAll('{provider}', () => provider)
    }
  return all
}

/** `de-AT` asks for German. */
const base = (tag: string): string => tag.split('-')[0]?.toLowerCase() ?? ''
