import { type AccessPurpose, DOCUMENTS, REASONS } from '../../domain/desk.ts'
import { AppError } from '../../domain/errors.ts'
import { approve, type Case, confirmNumber, giveCode, type Made, type Refused } from '../../journey/desk.ts'
import type { PageError, PageOptions } from '../page.ts'
import { keepSheets } from './sheets.ts'
import { caseOf, type DeskDeps, type DeskHandler, type DeskVisit } from './visit.ts'

/** How many of the last steps an officer sees. */
const STEPS = 8

/** What an officer sees of an account: kinds, counts and what went wrong; no names of devices, no addresses. */
export interface CaseView {
  path: string
  username: string
  group: string
  locked: boolean
  own: boolean
  number: string
  claimed: string
  methods: { factor: string; n: number }[]
  steps: { at: string; text: string }[]
  purposes: readonly AccessPurpose[]
  asked:
    | { officer: string; mine: boolean; here: boolean; reason: string; lost: readonly string[] }
    | undefined
}

/** One account at the desk: its state, codes for it, and the second officer's approval. */
export function casePages(deps: DeskDeps) {
  const { journey, pages, desk } = deps
  const path = ({ ctx }: DeskVisit): string => `case/${ctx.params.id}`

  const steps = async (at: DeskVisit, accountId: string): Promise<CaseView['steps']> => {
    const { t, has } = pages.language(at.ctx)
    const rows = await journey.stores.audit.ofAccount(accountId, STEPS)
    return rows
      .filter(({ event }) => has(`act.${event}`))
      .map(({ event, at: time, data }) => {
        const factor = typeof data.factor === 'string' ? t(`method.${data.factor}`) : ''
        return {
          at: pages.moment(at.ctx, time),
          text: [t(`act.${event}`), factor].filter(Boolean).join(': '),
        }
      })
  }

  const viewOf = async (at: DeskVisit, found: Case): Promise<CaseView> => {
    const { account, credentials, asked, purposes } = found
    const first = asked && (await journey.stores.accounts.byId(asked.officer))
    const kinds = [...new Set(credentials.map((c) => c.factor))]
    const own = account.id === at.officer.account.id
    return {
      path: path(at),
      username: account.username,
      group: account.group,
      locked: account.locked,
      own,
      number: account.customerNumber ?? '',
      claimed: account.customerNumber ? '' : (account.claimedNumber ?? ''),
      methods: kinds.map((factor) => ({ factor, n: credentials.filter((c) => c.factor === factor).length })),
      steps: await steps(at, account.id),
      purposes,
      asked: asked && {
        officer: first?.username ?? '',
        mine: asked.officer === at.officer.account.id,
        here: asked.site === at.officer.site,
        reason: asked.reason,
        lost: asked.lost,
      },
    }
  }

  const show = async (at: DeskVisit, options: PageOptions = {}): Promise<void> => {
    const found = await caseOf(deps, at)
    at.show('desk/case', await viewOf(at, found), options)
  }

  const purposeIn = ({ ctx }: DeskVisit, { purposes }: Case): AccessPurpose => {
    const purpose = purposes.find((one) => one === ctx.params.purpose)
    if (!purpose) throw new AppError('not_found')
    return purpose
  }

  const showCode = async (at: DeskVisit, options: PageOptions = {}): Promise<void> => {
    const found = await caseOf(deps, at)
    const { minutes, letterDays } = desk
    const view = { ...(await viewOf(at, found)), purpose: purposeIn(at, found), minutes, letterDays }
    at.show('desk/code', { ...view, documents: DOCUMENTS, reasons: REASONS }, options)
  }

  const refused = (at: DeskVisit, { refused }: Refused): Promise<void> =>
    show(at, {
      status: refused.startsWith('too_many') ? 429 : 403,
      errors: [{ key: `desk.err.${refused}` }],
    })

  const handOut = async (at: DeskVisit, { account }: Case, made: Made): Promise<void> => {
    const username = made.purpose === 'password' ? account.username : ''
    await keepSheets(deps, at, { sheets: [{ ...made, username, locale: account.locale }], left: [] })
    at.goTo('/desk/sheets')
  }

  const submitCode: DeskHandler = async (at) => {
    const found = await caseOf(deps, at)
    const purpose = purposeIn(at, found)
    const { fields } = at
    const document = DOCUMENTS.find((one) => one === fields.document)
    const reason = purpose === 'replace' ? REASONS.find((one) => one === fields.reason) : 'first_time'
    const lost = found.credentials.map((c) => c.factor).filter((id) => fields[`lost-${id}`] === 'on')
    const errors: PageError[] = [
      ...(document ? [] : [{ key: 'desk.err.document', field: 'document' }]),
      ...(reason ? [] : [{ key: 'desk.err.reason', field: 'reason' }]),
      ...(purpose === 'replace' && lost.length === 0 ? [{ key: 'desk.err.lost' }] : []),
      ...(fields.checked === 'on' ? [] : [{ key: 'desk.err.checked', field: 'checked' }]),
    ]
    if (!document || !reason || errors.length > 0)
      return showCode(at, { status: 422, errors, values: fields })
    const letter = fields.letter === 'on'
    const made = await giveCode(journey, at.officer, found, {
      purpose,
      lost: [...new Set(lost)],
      document,
      reason,
      letter,
    })
    if (made === 'asked') return at.goTo(`/desk/${path(at)}`)
    if ('refused' in made) return refused(at, made)
    return handOut(at, found, made)
  }

  const submitApproval: DeskHandler = async (at) => {
    const found = await caseOf(deps, at)
    const made = await approve(journey, at.officer, found)
    return 'refused' in made ? refused(at, made) : handOut(at, found, made)
  }

  const submitNumber: DeskHandler = async (at) => {
    const found = await caseOf(deps, at)
    if (await confirmNumber(journey, at.officer, found)) return at.goTo(`/desk/${path(at)}`)
    return show(at, { status: 422, errors: [{ key: 'desk.err.number' }] })
  }

  return { show, showCode, submitCode, submitApproval, submitNumber }
}
