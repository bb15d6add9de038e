import { AppError } from '../domain/errors.ts'
import type { Answer, FactorId, Show } from '../domain/factor.ts'
import { machineOf } from '../domain/machine.ts'
import { mayUseAccess } from '../journey/access.ts'
import { answer, type Rejected } from '../journey/answer.ts'
import { fetchParked, leave } from '../journey/callback.ts'
import { complete, consented, refused } from '../journey/complete.ts'
import type { Deps } from '../journey/deps.ts'
import {
  acknowledge,
  choose,
  offered,
  type Passage,
  passable,
  purposeOf,
  show,
  skip,
  suggested,
} from '../journey/passage.ts'
import { accessPages } from './access.ts'
import { entryPages } from './entry.ts'
import { createVisits, type Handler, type InteractionDeps, type Visit } from './interaction-visit.ts'
import type { PageError, PageOptions } from './page.ts'
import { strangerPages } from './stranger.ts'
import type { StepData, Views } from './views.ts'

/** The pages of a login. Every POST ends in a redirect to `/interaction/:uid`, where the step is decided anew. */
export function interactionRoutes(deps: InteractionDeps) {
  const { journey } = deps
  const visits = createVisits(deps)
  const { visit, get, post, back, page } = visits
  const entry = entryPages(deps, visits)
  const language = ({ ctx, pause }: Visit) => deps.pages.language(ctx, pause.uiLocales).code
  const strangers = strangerPages({ journey, visits, language, errorOf })

  /** Shows the current step, or lets the request go on where nothing is left to ask. */
  const current: Handler = async (at) => {
    const { step, progress } = at.passage
    const { prompt } = at.passage
    if (progress.errand && step.kind === 'identify') return entry.errand(at, progress.errand)
    if (step.kind === 'vouch') return entry.vouching(at)
    if (progress.celebrate) return page(at, 'steps/success', success(journey, at.passage, progress.celebrate))
    if (prompt) deps.watcher.prompted(prompt, at.passage)
    if (strangers.shown(at)) return
    if (step.kind === 'done' && at.pause.consent) return page(at, 'steps/consent', deps.consentView(at.pause))
    if (step.kind === 'done') return finish(at)
    if (step.kind === 'refuse') {
      deps.watcher.ended(at.passage)
      const until = step.until === undefined ? '' : deps.pages.day(at.ctx, step.until)
      return page(at, 'steps/refused', { why: step.why, until }, { status: 403 })
    }
    return showFactor(at, suggested(at.passage))
  }

  const showFactor = async (at: Visit, id: FactorId, options: PageOptions = {}): Promise<void> => {
    const shown = await show(journey, at.passage, id, language(at))
    const { step } = at.passage
    // Whoever came from the account pages for it goes back there by breaking off.
    const came = at.pause.asked.wanted === id
    const skippable = !came && passable(at.passage, id)
    const data: StepData = {
      factor: id,
      purpose: purposeOf(step),
      others: offered(step).filter((other) => other !== id),
      skippable,
      known: step.kind !== 'identify',
      forgotten: journey.mails,
      access: mayUseAccess(journey, at.passage),
      newcomers: journey.mails && journey.registration() !== undefined,
    }
    return present(at, shown, data, { ...options, secret: step.kind === 'enrol' })
  }

  /** Another site is never opened without a word: its page begins with a button. */
  const present = async (at: Visit, shown: Show, data: StepData, options: PageOptions): Promise<void> => {
    if (shown.as === 'page') return page(at, shown.view, { ...shown.data, ...data }, options)
    await leave(journey, data.factor, shown, at.pause.uid)
    const formsTo = shown.as === 'post' ? shown.action : undefined
    page(at, 'steps/away', { ...data, shown }, { ...options, formsTo })
  }

  const finish = async (at: Visit): Promise<void> => {
    const { passage, pause, ctx } = at
    const accountId = await complete(
      journey,
      passage,
      machineOf(ctx.get('user-agent')),
      (id) => !deps.devices.knows(ctx, id) && pause.sessionAccountId !== id,
    )
    deps.watcher.completed(passage)
    const remember = passage.progress.shared !== true
    if (remember) deps.devices.remember(ctx, accountId)
    await deps.interactions.finish(ctx, pause, { accountId, remember })
  }

  const agree: Handler = async (at) => {
    const { pause, passage, ctx } = at
    if (!pause.consent || passage.step.kind !== 'done') return back(at)
    const accountId = await consented(journey, passage, pause.consent)
    await deps.interactions.agree(ctx, { accountId, remember: passage.progress.shared !== true })
  }

  const submit: Handler = async (at, fields) => {
    const id = fields.factor ?? ''
    // A second tab, the back button or a double click: the answer is to a step that is over.
    if (!asksFor(at, fields)) return back(at)
    const outcome = await answer(journey, at.passage, id, fields, {
      address: String(at.ctx.state.address),
      network: deps.networkOf(String(at.ctx.state.address)),
      knows: (accountId) => deps.devices.knows(at.ctx, accountId),
    })
    deps.watcher.answered(at.passage, id, outcome)
    if (outcome.ok) return back(at)
    if (outcome.reason === 'replayed' && !asksFor(await visit(at.ctx), fields)) return back(at)
    if (outcome.wait) at.ctx.set('Retry-After', String(Math.min(outcome.wait, 3600)))
    const status = outcome.reason === 'too_many_attempts' ? 429 : 422
    return showFactor(at, id, { status, errors: [errorOf(id, outcome)], values: kept(fields) })
  }

  return {
    current: get(current),
    other: get(async (at) => page(at, 'steps/choose', choices(at.passage))),
    /** The browser comes back from another site with an answer it has left at our callback. */
    returned: get(async (at) => {
      const { factor = '', token = '' } = at.ctx.params
      const given = await fetchParked(journey, factor, { uid: at.pause.uid, token })
      // A reload: the answer was taken before.
      if (!given) return back(at)
      return submit(at, { ...given, factor, purpose: purposeOf(at.passage.step) })
    }),
    ...entry.routes,
    ...accessPages(deps, visits),
    ...strangers.routes,
    answer: post(submit),
    agree: post(agree),
    choose: post(async (at, fields) => {
      await choose(journey, at.passage, fields.factor ?? '')
      back(at)
    }),
    skip: post(async (at, fields) => {
      await skip(journey, at.passage, fields.factor ?? '', fields.forGood === 'on')
      back(at)
    }),
    continue: post(async (at, fields) => {
      await acknowledge(journey, at.passage, fields.wanted)
      back(at)
    }),
    /** What a script needs to begin a ceremony on the page of another factor: the data of the factor's own page. */
    begin: post(async (at, fields) => {
      const shown = await show(journey, at.passage, fields.factor ?? '')
      if (shown.as !== 'page') throw new AppError('not_permitted_now')
      at.ctx.set('Cache-Control', 'no-store')
      at.ctx.body = shown.data
    }),
    /** What a set-up page lets people keep as a file. */
    file: get(async (at) => {
      const shown = await show(journey, at.passage, String(at.ctx.query.factor ?? ''))
      const file =
        shown.as === 'page' ? (shown.data.file as { name: string; text: string } | undefined) : undefined
      if (!file) throw new AppError('not_found')
      at.ctx.set('Cache-Control', 'no-store')
      at.ctx.attachment(file.name)
      at.ctx.type = 'text/plain; charset=utf-8'
      at.ctx.body = file.text
    }),
    abort: post(async (at) => {
      const { step } = at.passage
      await refused(journey, at.passage)
      if (step.kind !== 'refuse') deps.watcher.ended(at.passage)
      const error = step.kind === 'refuse' ? step.error : 'access_denied'
      const why = step.kind === 'refuse' ? step.why : 'the person did not go on'
      await deps.interactions.refuse(at.ctx, error, why)
    }),
  }
}

/** What is shown again after a mistake; passwords and codes are typed anew. */
const kept = ({ identifier, name, shared }: Answer): Record<string, string> => ({
  ...(identifier ? { identifier } : {}),
  ...(name ? { name } : {}),
  ...(shared ? { shared } : {}),
})

const asksFor = ({ passage: { step } }: Visit, { factor = '', purpose }: Answer): boolean =>
  purpose === purposeOf(step) && offered(step).includes(factor)

/** What the success page says of what was just set up, and what would go well with it. */
function success({ factors }: Deps, { credentials }: Passage, id: FactorId): Views['steps/success'] {
  const credential = credentials.findLast((c) => c.factor === id)
  const besides = [...factors.values()].filter(
    (f) => f.enrollable && f.id !== id && !credentials.some((c) => c.factor === f.id),
  )
  const about = credential && factors.get(id)?.describe?.(credential.data)
  return { factor: id, name: credential?.label ?? '', besides: besides.map((f) => f.id), ...about }
}

const choices = ({ step }: Passage) => ({ purpose: purposeOf(step), offer: offered(step) })

/** A rejected answer as a message at a field: the exact one where the factor gives a hint. */
function errorOf(factor: FactorId, { reason, hint, wait }: Rejected): PageError {
  if (reason === 'too_many_attempts') {
    return wait === undefined || !Number.isFinite(wait)
      ? { key: 'factor.err.blocked' }
      : { key: 'factor.err.wait', params: { minutes: Math.ceil(wait / 60) } }
  }
  const { code = reason, params, field } = hint ?? {}
  return {
    key: `${factor}.err.${code}`,
    fallback: `factor.err.${code}`,
    ...(params ? { params } : {}),
    ...(field ? { field } : {}),
  }
}
