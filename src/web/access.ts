import { AppError } from '../domain/errors.ts'
import { mayUseAccess, useAccess } from '../journey/access.ts'
import type { createVisits, Handler, InteractionDeps, Visit } from './interaction-visit.ts'
import type { PageOptions } from './page.ts'
import { tooMany } from './too-many.ts'

/** „Zugangs-Code eingeben“: what people at the service desk are given, typed on a device of their own. */
export function accessPages(
  { journey, networkOf }: InteractionDeps,
  { get, post, back, page }: ReturnType<typeof createVisits>,
) {
  const show = (at: Visit, options: PageOptions = {}): void =>
    page(at, 'entry/access', { named: at.passage.step.kind !== 'identify' }, options)

  const submit: Handler = async (at, fields) => {
    // A double click, or the back button: the code was taken before.
    if (!mayUseAccess(journey, at.passage)) return back(at)
    const outcome = await useAccess(journey, at.passage, fields, networkOf(String(at.ctx.state.address)))
    if (outcome === 'right') return back(at)
    const values = { identifier: fields.identifier ?? '' }
    if (typeof outcome === 'string')
      return show(at, { status: 422, errors: [{ key: `tac.err.${outcome}`, field: 'code' }], values })
    show(at, { ...tooMany(at.ctx, outcome.wait), values })
  }

  return {
    access: get(async (at) => {
      if (!mayUseAccess(journey, at.passage)) throw new AppError('not_permitted_now')
      show(at)
    }),
    submitAccess: post(submit),
  }
}
