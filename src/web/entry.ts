import type { Answer, Hint } from '../domain/factor.ts'
import { mayUseAccess } from '../journey/access.ts'
import { confirmErrand, dropErrand, forgot, mayBegin, register, sendAgain } from '../journey/errand.ts'
import type { Errand } from '../journey/evidence.ts'
import { found } from '../journey/found.ts'
import { sendToOwner, type Typed, vouch } from '../journey/vouch.ts'
import type { createVisits, Handler, InteractionDeps, Visit } from './interaction-visit.ts'
import type { PageError, PageOptions } from './page.ts'

/**
 * The pages around the first sign-in: a code typed from a mail, a password forgotten, an account made. Like all pages
 * of a login, each POST ends where the step is decided anew.
 */
export function entryPages(
  deps: InteractionDeps,
  { get, post, back, page }: ReturnType<typeof createVisits>,
) {
  const { journey } = deps
  const networkOf = ({ ctx }: Visit) => deps.networkOf(String(ctx.state.address))
  const languageOf = ({ ctx, pause }: Visit) => deps.pages.language(ctx, pause.uiLocales).code

  const access = ({ passage }: Visit): boolean =>
    passage.step.kind === 'vouch' && mayUseAccess(journey, passage)

  const codePage = (at: Visit, options: PageOptions = {}): void => {
    const { step, progress, account } = at.passage
    const { errand } = progress
    const skippable = step.kind === 'vouch' && step.skippable
    const sent = errand !== undefined || progress.mailed === true
    const purpose = errand?.for ?? 'first_factor'
    const to = errand ? '' : hinted(account?.email ?? '')
    page(at, 'entry/code', { purpose, to, sent, skippable, access: access(at) }, options)
  }

  const vouching = (at: Visit): void => {
    const { step } = at.passage
    if (step.kind !== 'vouch' || step.by === 'mailed_code') codePage(at)
    else page(at, 'entry/desk', { skippable: step.skippable, access: access(at) })
  }

  const accountPage = (at: Visit, email: string, options: PageOptions = {}): void =>
    page(at, 'entry/account', { email, least: deps.passwordLeast }, options)

  const errand = (at: Visit, { for: what, ...about }: Errand): void => {
    if (what === 'register' && 'confirmed' in about) accountPage(at, about.email)
    else codePage(at)
  }

  /** Back to the step, or the page once more with what to wait for. */
  const sent = (at: Visit, wait: number, again: (options: PageOptions) => void): void =>
    wait > 0 ? again(refusal(at, waiting(wait), 429)) : back(at)

  const submitReset: Handler = async (at, { identifier = '' }) => {
    const values = { identifier }
    const again = (options: PageOptions) => page(at, 'entry/reset', {}, { ...options, values })
    if (identifier.trim() === '')
      return again(refusal(at, { key: 'password.err.id_missing', field: 'identifier' }))
    sent(at, await forgot(journey, at.passage, identifier, networkOf(at)), again)
  }

  const submitRegister: Handler = async (at, { email = '' }) => {
    const again = (options: PageOptions) => page(at, 'entry/register', {}, { ...options, values: { email } })
    const wait = await register(journey, at.passage, email, languageOf(at), networkOf(at))
    if (wait === 'malformed') return again(refusal(at, { key: 'entry.err.email', field: 'email' }))
    sent(at, wait, again)
  }

  const send: Handler = async (at) => {
    const again = (options: PageOptions) => codePage(at, options)
    const wait = at.passage.progress.errand
      ? await sendAgain(journey, at.passage, languageOf(at), networkOf(at))
      : await sendToOwner(journey, at.passage, networkOf(at))
    sent(at, wait, again)
  }

  const code: Handler = async (at, { code: typed = '' }) => {
    const { errand } = at.passage.progress
    // A double click, or the back button: the code was taken before.
    if (!errand && at.passage.step.kind !== 'vouch') return back(at)
    const outcome = await (errand ? confirmErrand : vouch)(journey, at.passage, typed)
    if (outcome === 'right') return back(at)
    const status = outcome === 'too_many_attempts' ? 429 : 422
    codePage(at, refusal(at, { key: messageOf(outcome, typed), field: 'code' }, status))
  }

  const account: Handler = async (at, fields) => {
    const { errand } = at.passage.progress
    if (errand?.for !== 'register' || !errand.confirmed) return back(at)
    const wrong = await found(journey, at.passage, fields, languageOf(at), networkOf(at))
    if (!wrong) return back(at)
    const values = kept(fields)
    if ('wait' in wrong)
      return accountPage(at, errand.email, { ...refusal(at, waiting(wrong.wait), 429), values })
    accountPage(at, errand.email, { ...refusal(at, hintOf(wrong)), values })
  }

  const first = (what: Errand['for']) =>
    get(async (at) => {
      mayBegin(journey, at.passage, what)
      page(at, `entry/${what}`, {})
    })

  const routes = {
    reset: first('reset'),
    register: first('register'),
    submitReset: post(submitReset),
    submitRegister: post(submitRegister),
    send: post(send),
    code: post(code),
    account: post(account),
    leave: post(async (at) => {
      await dropErrand(journey, at.passage)
      back(at)
    }),
  }
  return { routes, errand, vouching }
}

const refusal = ({ ctx }: Visit, error: PageError & { wait?: number }, status = 422): PageOptions => {
  const { wait, ...shown } = error
  if (wait) ctx.set('Retry-After', String(Math.min(wait, 3600)))
  return { status, errors: [shown] }
}

const waiting = (wait: number) => ({
  key: 'entry.err.wait',
  params: { minutes: Math.ceil(Math.min(wait, 86_400) / 60) },
  wait,
})

const messageOf = (outcome: Exclude<Typed, 'right'>, typed: string): string =>
  outcome === 'malformed' && typed.trim() === '' ? 'entry.err.empty' : `entry.err.${outcome}`

/** The messages of a password are those of its own page. */
const hintOf = ({ code, field, params }: Hint): PageError => ({
  key: `${field === 'password' ? 'password' : 'entry'}.err.${code}`,
  ...(params ? { params } : {}),
  ...(field ? { field } : {}),
})

const kept = ({ username = '', customerNumber = '' }: Answer) => ({ username, customerNumber })

/** Enough for its owner to know which mailbox to look into: `m•••@post.example`. */
function hinted(email: string): string {
  const [local = '', domain = ''] = email.split('@')
  return `${[...local][0] ?? ''}•••@${domain}`
}
