import { join } from 'node:path'
import { Eta } from 'eta'
import type { Account } from '../domain/account.ts'
import type { AccessPurpose } from '../domain/desk.ts'
import type { FactorId, Purpose, Show } from '../domain/factor.ts'
import type { Ranked } from '../domain/fit.ts'
import type { Operator } from '../settings/types.ts'
import type { ApplicationView } from './account/applications.ts'
import type { Item, Method } from './account/methods.ts'
import type { Again } from './again.ts'
import type { CaseView } from './desk/case.ts'
import type { TroubleView } from './desk/find.ts'
import type { Sheets, SheetView } from './desk/sheets.ts'
import type { Params } from './languages.ts'

const FOLDER = join(import.meta.dirname, '../../views')

/** Where the application takes people who start anew. */
export interface Start {
  name: string
  href: string
}

/** What the page of every factor is told of the step. */
export interface StepData {
  factor: FactorId
  purpose: Purpose
  others: FactorId[]
  skippable: boolean
  /** Whose login it is has been shown before. */
  known: boolean
  /** Whether a password can be chosen anew by mail, and an account be made. */
  forgotten: boolean
  /** It can be set up at a phone instead. */
  portable: boolean
  newcomers: boolean
  /** A code of the service desk can be typed. */
  access: boolean
}

/** Which data each view takes. A factor's own views take what it shows, and what every step has. */
/** One thing that an application asks for in detail: the sentence by language, and what it calls it. */
export interface DetailView {
  sentence: Readonly<Record<string, string>>
  identifier?: string
}

export interface Views {
  /** `guides`: those of which there are lists; `answers`: to „Was passt zu mir?“. */
  'steps/choose': {
    purpose: Purpose
    offer: Ranked[]
    guides: FactorId[]
    answers: Readonly<Record<string, boolean | undefined>>
  }
  'steps/phone': {
    state: 'waiting' | 'joined' | 'finished'
    code: string
    qr: string
    address: string
    browser: string
    system: string
  }
  'steps/phone-later': object
  'phone/code': object
  'phone/check': {
    username: string
    factor: FactorId
    browser: string
    system: string
    begun: string
    elsewhere: boolean
  }
  'phone/number': { number: string }
  'phone/over': object
  'pages/guide': { factor: FactorId }
  /** `personal`: an authority has said something of the person, which is kept. */
  'steps/stranger': { factor: FactorId; create: boolean; personal: boolean }
  'steps/bind': { factor: FactorId; skippable: boolean }
  'steps/refused': { why: string; until: string }
  /** `to`: a hint at the address that the code is sent to; `sent`: a code is to be typed. */
  'entry/code': {
    purpose: 'first_factor' | 'reset' | 'register'
    to: string
    sent: boolean
    skippable: boolean
    access: boolean
  }
  'entry/desk': { skippable: boolean; access: boolean }
  /** `named`: whose code it is, is known. */
  'entry/access': { named: boolean }
  'entry/reset': object
  'entry/register': object
  'entry/account': { email: string; least: number }
  'steps/success': { factor: FactorId; name: string; besides: FactorId[] }
  'steps/away': StepData & { shown: Exclude<Show, { as: 'page' }> }
  'pages/help': object
  'pages/freeze': { done: boolean }
  'pages/workplace': { here: boolean }
  'pages/next': { start?: Start | undefined }
  'pages/onward': { href: string }
  'pages/error': {
    title: string
    text: string
    number: string
    detail?: string | undefined
    again?: string | undefined
    form?: Again | undefined
    back?: string | undefined
    start?: Start | undefined
  }
  'pages/logout': { action: string; xsrf: string }
  'steps/consent': {
    scopes: string[]
    apis: string[]
    details: DetailView[]
    purpose?: Readonly<Record<string, string>>
  }
  'pages/post': { action: string; fields: Record<string, string> }
  'pages/device': { xsrf: string }
  'pages/device-confirm': { xsrf: string; userCode: string; address: string; elsewhere: boolean }
  'pages/device-done': object
  'pages/logged-out': { start?: Start | undefined }
  'account/security': { methods: Method[]; username: string }
  'account/rename': { item: Item }
  'account/remove': { item: Item; factor: FactorId; rest: string }
  'account/sessions': {
    sessions: { id: string; seen: string; current: boolean; browser: string; system: string }[]
  }
  'account/applications': { applications: ApplicationView[] }
  'account/withdraw': { application: ApplicationView }
  'account/activity': { entries: { at: string; text: string }[]; older: string | undefined; newest: boolean }
  'account/data': {
    account: Account
    deletable: boolean
    mails: boolean
    languages: { code: string; name: string; current: boolean }[]
  }
  'account/email': object
  'account/email-code': { address: string }
  'account/delete': { days: number }
  'account/deleted': { days: number }
  'account/stopped': { base: string }
  'desk/closed': { why: string }
  'desk/find': { site: string; creates: boolean; prepares: boolean; trouble?: TroubleView }
  'desk/case': CaseView
  'desk/code': CaseView & {
    purpose: AccessPurpose
    minutes: number
    letterDays: number | undefined
    documents: readonly string[]
    reasons: readonly string[]
  }
  'desk/create': { groups: readonly string[]; languages: { code: string; name: string }[] }
  'desk/prepare': { days: number; most: number }
  'desk/workplace': { minutes: number; code?: string }
  'desk/sheets': { sheets: SheetView[]; left: Sheets['left']; start: string }
  [factor: `factors/${string}`]: object
}

/** What every page is made with; the names are those the templates use. */
export interface Frame {
  lang: string
  dir: 'ltr' | 'rtl'
  t: (key: string, params?: Params) => string
  operator: Operator
  client: { name: string; breadcrumb: readonly string[] } | undefined
  languages: { code: string; name: string; href: string; current: boolean }[]
  links: { href: string; key: string }[]
  asset: (name: string) => string
  brand: string | undefined
  logo: string | undefined
  banner: string | undefined
  errors: { text: string; field: string | undefined; params: Params | undefined }[]
  /** Typed before and shown again; never a secret. */
  values: Readonly<Record<string, string>>
  scripts: readonly string[]
  styles: readonly string[]
  base: string
  csrf: string
  /** Where help is. */
  help: string
  /** What to name to the service desk. */
  helpCode?: string | undefined
  /** At a registered workplace: what frees it for the next person, by hand or after some seconds. */
  workplace: { csrf: string; seconds: number } | undefined
}

const eta = new Eta({ views: FOLDER, cache: true, autoTrim: false })

/** HTML of one view in the frame of every page. */
export const render = <V extends keyof Views & string>(view: V, data: Views[V], frame: Frame): string =>
  eta.render(`/${view}`, { ...frame, data })
