import { join } from 'node:path'
import { Eta } from 'eta'
import type { Context } from 'koa'
import { CONTACT, type Entry, type Message, type Notice } from './content.ts'
import { type Both, isText, LANGUAGES, type Language, type TextKey, translate } from './language/index.ts'
import type { Login } from './login-types.ts'
import type { Session } from './session.ts'

/** Each template with the data it needs. */
export interface Views {
  home: object
  start: { messages: Message[]; notices: Notice[]; appointments: Entry[]; history: Entry[] }
  profile: { iban: string | undefined }
  mailbox: { messages: Message[] }
  message: { message: Message }
  notices: { notices: Notice[] }
  notice: { notice: Notice }
  entries: { title: TextKey; entries: Entry[] }
  /** `signing`: the person is to sign now. */
  application: { signing: boolean; signed: boolean }
  bank: { saved: string | undefined; typed: string; wrong: boolean }
  token: { tables: { title: TextKey; claims: [string, unknown][] }[] }
  'signed-out': object
  /** `again`: where to try once more. */
  problem: { reason: Problem; again: string | undefined }
}

export type Problem =
  | 'cancelled'
  | 'insufficient'
  | 'unreachable'
  | 'failed'
  | 'expired'
  | 'form'
  | 'missing'
  | 'broken'

export interface Pages {
  show<V extends keyof Views>(ctx: Context, view: V, data: Views[V], session: Session | undefined): void
}

/** Renders templates from `views/`. Whatever they print is escaped, unless they say otherwise. */
export function createPages(): Pages {
  const eta = new Eta({ views: join(import.meta.dirname, 'views'), cache: true })
  return {
    show(ctx, view, data, session) {
      ctx.type = 'html'
      ctx.body = eta.render(`./${view}`, { ...data, ...commonTo(ctx, ctx.state.language, session) })
    },
  }
}

/** What every template may use. */
function commonTo(ctx: Context, language: Language, session: Session | undefined) {
  return {
    language,
    languages: Object.entries(LANGUAGES),
    path: ctx.path,
    contact: CONTACT,
    csrf: session?.csrf,
    person: session?.login && personOf(session.login),
    t: (key: TextKey, values?: Record<string, string>) => translate(language, key, values),
    in: (text: Both) => text[language],
    date: (iso: string) => dateIn(language, iso),
    money: (euro: number) =>
      new Intl.NumberFormat(language, { style: 'currency', currency: 'EUR' }).format(euro),
    claim: (name: string, value: unknown) => claimIn(language, name, value),
    meaning: (name: string) => meaningOf(language, `claim.${name}`),
  }
}

interface Person {
  name: string
  customerNumber: string
  username: string
}

function personOf({ profile }: Login): Person {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  const username = text(profile.preferred_username)
  return { name: text(profile.name) || username, customerNumber: text(profile.kundennummer), username }
}

/** A date, with its time where it has one. */
function dateIn(language: Language, iso: string): string {
  const time = iso.includes('T') ? ({ timeStyle: 'short' } as const) : {}
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'Europe/Berlin', ...time }).format(
    new Date(iso),
  )
}

const meaningOf = (language: Language, key: string): string => (isText(key) ? translate(language, key) : '')

const INSTANTS = new Set(['auth_time', 'iat', 'exp'])

/** A claim's value for people: instants as dates, lists with commas. */
function claimIn(language: Language, name: string, value: unknown): string {
  if (INSTANTS.has(name)) return dateIn(language, new Date(Number(value) * 1000).toISOString())
  return Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : JSON.stringify(value)
}
