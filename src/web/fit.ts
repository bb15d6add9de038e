import type { Context } from 'koa'
import { AppError } from '../domain/errors.ts'
import { type Circumstance, type Fit, rank } from '../domain/fit.ts'
import type { Deps } from '../journey/deps.ts'
import { offered, purposeOf } from '../journey/passage.ts'
import type { Visit } from './interaction-visit.ts'
import type { Pages } from './page.ts'
import type { Views } from './views.ts'

/** What was answered to „Was passt zu mir?“; the address holds it, nothing else does. */
const ANSWERS = ['phone', 'card', 'shared'] as const

/** The ways of this step; where one is to be set up, the fitting ones first. */
export function choices({ factors }: Deps, { passage, ctx }: Visit): Views['steps/choose'] {
  const { step, progress } = passage
  const purpose = purposeOf(step)
  const shared = Boolean(progress.shared)
  const person = purpose === 'enrol' ? personIn(ctx, shared) : {}
  const suits = (id: string, who: Circumstance): Fit | undefined => factors.get(id)?.suits?.(who)
  const answers = Object.fromEntries(ANSWERS.map((name) => [name, person[name]]))
  return {
    purpose,
    offer: rank(offered(step), suits, person),
    guides: offered(step).filter((id) => factors.get(id)?.suits),
    answers: { ...answers, ...(shared ? { shared } : {}) },
  }
}

/** `script` is filled in by a script: without it, none ran. */
function personIn({ query }: Context, shared: boolean): Circumstance {
  const asked = ANSWERS.flatMap((name) => {
    const given = name === 'shared' && shared ? 'yes' : query[name]
    return given === 'yes' || given === 'no' ? [[name, given === 'yes'] as const] : []
  })
  if (query.script === undefined) return {}
  const can = query.script
  return {
    ...Object.fromEntries(asked),
    scripts: can !== '',
    ...(can === 'here' || can === 'elsewhere' || can === 'none' ? { passkeys: can } : {}),
  }
}

/** What one way needs, to print: for everybody, without any secret. */
export const guidePage =
  ({ factors }: Deps, pages: Pages) =>
  (ctx: Context & { params: Record<string, string> }) => {
    const id = ctx.params.factor ?? ''
    if (!factors.get(id)?.suits) throw new AppError('not_found')
    pages.show(ctx, 'pages/guide', { factor: id })
  }
