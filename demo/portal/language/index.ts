import type { Context } from 'koa'
import { de, type TextKey } from './de.ts'
import { en } from './en.ts'

export type { TextKey } from './de.ts'

/** Own names of the languages, German first. */
export const LANGUAGES = { de: 'Deutsch', en: 'English' } as const
export type Language = keyof typeof LANGUAGES

/** A text in both languages, for what is not a label of the portal itself. */
export type Both = Record<Language, string>

const TEXTS = { de, en }
const COOKIE = 'portal_language'

/** One text with its `{name}`s filled in; escaping is the template's. */
export function translate(language: Language, key: TextKey, values: Record<string, string> = {}): string {
  return TEXTS[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}

/** `?lang=` decides and is remembered, then what was remembered, then the browser; German where nothing fits. */
export function languageOf(ctx: Context, secure: boolean): Language {
  const asked = String(ctx.query.lang)
  if (isLanguage(asked)) {
    ctx.cookies.set(COOKIE, asked, { httpOnly: true, sameSite: 'lax', signed: false, secure })
    return asked
  }
  const remembered = ctx.cookies.get(COOKIE, { signed: false })
  if (remembered && isLanguage(remembered)) return remembered
  const accepted = ctx.acceptsLanguages(Object.keys(LANGUAGES))
  return accepted && isLanguage(accepted) ? accepted : 'de'
}

export const isText = (key: string): key is TextKey => Object.hasOwn(de, key)

const isLanguage = (name: string): name is Language => Object.hasOwn(LANGUAGES, name)
