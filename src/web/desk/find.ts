import { AppError } from '../../domain/errors.ts'
import { heard } from '../../domain/spoken.ts'
import { findAccount, foundAtDesk, prepareOne } from '../../journey/desk.ts'
import type { PageOptions } from '../page.ts'
import { keepSheets, type Sheets } from './sheets.ts'
import { type DeskDeps, type DeskHandler, type DeskVisit, goToCase } from './visit.ts'

/** What a help code says, in words. */
export interface TroubleView {
  at: string
  where: string
  cause: string
  machine: string
}

/** Sheets that are made at once. */
const MOST = 200

/** Finding an account, making one, and preparing sheets for many. */
export function findPages(deps: DeskDeps) {
  const { journey, pages, desk } = deps

  const show = (at: DeskVisit, options: PageOptions = {}, trouble?: TroubleView): void =>
    at.show(
      'desk/find',
      {
        site: at.officer.site,
        creates: desk.groups.length > 0,
        prepares: desk.letterDays !== undefined,
        ...(trouble ? { trouble } : {}),
      },
      options,
    )

  const submit: DeskHandler = async (at) => {
    const typed = (at.fields.who ?? '').trim()
    const again = (status: number, key: string) =>
      show(at, { status, errors: [{ key: `desk.err.${key}`, field: 'who' }], values: { who: typed } })
    if (typed === '') return again(422, 'who')
    const found = await findAccount(journey, at.officer, typed)
    if (!found) return again(404, 'unknown')
    if ('refused' in found) return again(429, found.refused)
    return goToCase(deps, at, found.id)
  }

  /** Where somebody is stuck who reads out the help code of their page; it does not say who they are. */
  const submitTrouble: DeskHandler = async (at) => {
    const typed = (at.fields.trouble ?? '').trim()
    const found = await journey.stores.helps.find(heard(typed))
    if (!found)
      return show(at, {
        status: 404,
        errors: [{ key: 'desk.err.trouble', field: 'trouble' }],
        values: { trouble: typed },
      })
    const { t, has } = pages.language(at.ctx)
    const { flow, step, cause, clientId, browser, system } = found
    const machine = [browser, system].filter(Boolean).join(', ')
    const where = [flow, clientId, step].filter(Boolean).join(', ')
    const said = has(cause) ? t(cause) : cause
    show(at, {}, { at: pages.moment(at.ctx, found.at), where, cause: said, machine })
  }

  const showCreate = (at: DeskVisit, options: PageOptions = {}): void => {
    if (desk.groups.length === 0) throw new AppError('not_found')
    const languages = pages.languages().map(({ code, name }) => ({ code, name }))
    at.show('desk/create', { groups: desk.groups, languages }, options)
  }

  const submitCreate: DeskHandler = async (at) => {
    const { username = '', group = '', email = '', customerNumber = '', language = '' } = at.fields
    const draft = {
      username: username.trim(),
      group,
      email: email.trim(),
      customerNumber: customerNumber.trim(),
      locale: pages.speak(language).code,
    }
    const made = await foundAtDesk(journey, at.officer, draft)
    if ('id' in made) return goToCase(deps, at, made.id)
    const errors = [{ key: `desk.err.${made.wrong}`, field: made.field }]
    showCreate(at, { status: 422, errors, values: at.fields })
  }

  const showPrepare = (at: DeskVisit, options: PageOptions = {}): void => {
    if (desk.letterDays === undefined) throw new AppError('not_found')
    at.show('desk/prepare', { days: desk.letterDays, most: MOST }, options)
  }

  const submitPrepare: DeskHandler = async (at) => {
    const numbers = numbersIn(at.fields.numbers ?? '')
    const key = at.fields.checked !== 'on' ? 'handover' : numbers.length === 0 ? 'numbers' : undefined
    if (key || numbers.length > MOST) {
      const errors = [{ key: `desk.err.${key ?? 'many'}`, field: key === 'handover' ? 'checked' : 'numbers' }]
      return showPrepare(at, { status: 422, errors, values: { numbers: numbers.join('\n') } })
    }
    await keepSheets(deps, at, await prepare(at, numbers))
    at.goTo('/desk/sheets')
  }

  const prepare = async ({ officer }: DeskVisit, numbers: readonly string[]): Promise<Sheets> => {
    const made: Sheets = { sheets: [], left: [] }
    for (const line of numbers) {
      const one = await prepareOne(journey, officer, line)
      if (one && 'code' in one)
        made.sheets.push({ ...one, username: one.account.username, locale: one.account.locale })
      else made.left.push({ line, why: one?.refused ?? 'unknown' })
    }
    return made
  }

  return { show, submit, submitTrouble, showCreate, submitCreate, showPrepare, submitPrepare }
}

/** The first column of what was pasted, once each. */
const numbersIn = (text: string): string[] => [
  ...new Set(
    text
      .split(/\r?\n/)
      .map((line) => (line.split(/[,;\t]/)[0] ?? '').replaceAll('"', '').trim())
      .filter(Boolean),
  ),
]
