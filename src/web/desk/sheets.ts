import type { AccessPurpose, DeskRefusal } from '../../domain/desk.ts'
import { grouped } from '../../domain/spoken.ts'
import type { Language } from '../languages.ts'
import type { DeskDeps, DeskHandler, DeskVisit } from './visit.ts'

/** Seconds in which sheets must be looked at. */
const KEPT = 5 * 60

/** What was given out: shown once. `left`: lines for which there is no sheet. */
export interface Sheets {
  sheets: {
    code: string
    /** Where its owner cannot know it. */
    username: string
    locale: string
    purpose: AccessPurpose
    expiresAt: number
    letter: boolean
  }[]
  left: { line: string; why: DeskRefusal | 'unknown' }[]
}

/** One sheet of paper, in its owner's language. */
export interface SheetView {
  lang: string
  dir: 'ltr' | 'rtl'
  t: Language['t']
  code: string
  username: string
  purpose: AccessPurpose
  until: string
}

const keyOf = ({ session }: DeskVisit): string => `desk-sheets:${session}`

export const keepSheets = ({ journey }: DeskDeps, at: DeskVisit, sheets: Sheets): Promise<void> =>
  journey.stores.ephemeral.put(keyOf(at), JSON.stringify(sheets), KEPT)

/** The sheets that were just made; a reload finds none. */
export const sheetPages = ({ journey, pages, start }: DeskDeps) => {
  const show: DeskHandler = async (at) => {
    const { ephemeral } = journey.stores
    const [raw] = await ephemeral.get([keyOf(at)])
    if (raw === undefined || !(await ephemeral.replace(keyOf(at), raw, null))) return at.goTo('/desk')
    const { sheets, left } = JSON.parse(raw) as Sheets
    const views = sheets.map(({ code, username, locale, purpose, expiresAt, letter }): SheetView => {
      const { code: lang, dir, t, date, time } = pages.speak(locale)
      const day = date(expiresAt, pages.zone())
      const until = letter ? day : `${day}, ${time(expiresAt, pages.zone())}`
      return { lang, dir, t, code: grouped(code, 4), username, purpose, until }
    })
    at.show('desk/sheets', { sheets: views, left, start }, { secret: true })
  }
  return { show }
}
