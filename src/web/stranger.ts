import type { FactorId } from '../domain/factor.ts'
import type { Rejected } from '../journey/answer.ts'
import type { Deps } from '../journey/deps.ts'
import type { Stranger } from '../journey/evidence.ts'
import { passable } from '../journey/passage.ts'
import { bind, create, link, mayBind, mayCreate, strangerIn } from '../journey/stranger.ts'
import type { createVisits, Visit } from './interaction-visit.ts'
import type { PageError, PageOptions } from './page.ts'

interface StrangerDeps {
  journey: Deps
  visits: ReturnType<typeof createVisits>
  language(at: Visit): string
  errorOf(factor: FactorId, outcome: Rejected): PageError
}

/** The pages for somebody who is proven elsewhere, and whom no account here knows. */
export function strangerPages({ journey, visits, language, errorOf }: StrangerDeps) {
  const { post, back, page } = visits
  const asked = (at: Visit, stranger: Stranger, options: PageOptions = {}): void => {
    const { factor, enrolled } = stranger
    const personal = journey.factors.get(factor)?.attests?.(enrolled.data) !== undefined
    page(
      at,
      'steps/stranger',
      { factor, personal, create: mayCreate(journey, stranger) !== undefined },
      options,
    )
  }
  const binding = (at: Visit, factor: FactorId, options: PageOptions = {}): void =>
    page(at, 'steps/bind', { factor, skippable: passable(at.passage, factor) }, options)

  return {
    /** Whether one of them is what this step shows; it is shown then. */
    shown(at: Visit): boolean {
      const { step, progress } = at.passage
      const stranger = strangerIn(journey, at.passage)
      if (!stranger || progress.chosen) return false
      if (step.kind === 'identify' && !stranger.link) asked(at, stranger)
      else if (mayBind(journey, at.passage)) binding(at, stranger.factor)
      else return false
      return true
    },
    routes: {
      link: post(async (at) => {
        await link(journey, at.passage)
        back(at)
      }),
      bind: post(async (at) => {
        const { factor = '' } = at.passage.progress.stranger ?? {}
        const outcome = await bind(journey, at.passage)
        if (outcome.ok) return back(at)
        binding(at, factor, { status: 422, errors: [errorOf(factor, outcome)] })
      }),
      create: post(async (at) => {
        const { stranger } = at.passage.progress
        if ((await create(journey, at.passage, language(at))) || !stranger) return back(at)
        asked(at, stranger, { status: 422, errors: [{ key: 'new.known' }] })
      }),
    },
  }
}
