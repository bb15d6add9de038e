import QRCode from 'qrcode'
import type { FactorId } from '../domain/factor.ts'
import { machineOf } from '../domain/machine.ts'
import { grouped } from '../domain/spoken.ts'
import { beginHandover, confirmHandover, handoverOf, stopHandover } from '../journey/handover.ts'
import { offered } from '../journey/passage.ts'
import type { Handover } from '../journey/ports.ts'
import { errorOf } from './errors-of-factors.ts'
import type { createVisits, InteractionDeps, RoutedContext, Visit } from './interaction-visit.ts'
import type { PageOptions } from './page.ts'
import { tooMany } from './too-many.ts'
import type { Views } from './views.ts'

interface HandoverDeps {
  deps: InteractionDeps
  visits: ReturnType<typeof createVisits>
  /** Set-up at this device. */
  showFactor(at: Visit, factor: FactorId, options: PageOptions): Promise<void>
}

/** The pages at the first device while a factor is set up at a phone. */
export function handoverPages({ deps, visits: { post, back, page }, showFactor }: HandoverDeps) {
  const { journey, interactions } = deps

  /** Whether one of them is what this step shows; it is shown then. */
  const shown = async (at: Visit, options: PageOptions = {}): Promise<boolean> => {
    const { handover: begun } = at.passage.progress
    const found = begun && (await handoverOf(journey, at.passage))
    if (!begun || !found) return false
    const state = stateOf(found)
    const link = `${deps.issuer}/phone?code=${begun.code}`
    const qr = state === 'waiting' ? await QRCode.toString(link, { type: 'svg', margin: 4 }) : ''
    const { browser = '', system = '' } = found.joined ?? {}
    const data = { state, code: grouped(begun.code, 4), qr, address: `${deps.issuer}/phone`, browser, system }
    page(at, 'steps/phone', data, { ...options, secret: true })
    return true
  }

  return {
    shown,
    routes: {
      phone: post(async (at, { factor = '' }) => {
        const network = deps.networkOf(String(at.ctx.state.address))
        const on = machineOf(at.ctx.get('user-agent'))
        const wait = await beginHandover(journey, at.passage, factor, { on, network })
        if (wait === 0) return back(at)
        page(at, 'steps/phone-later', {}, tooMany(at.ctx, wait))
      }),
      phoneStop: post(async (at) => {
        await stopHandover(journey, at.passage)
        back(at)
      }),
      phoneConfirm: post(async (at, { number = '' }) => {
        const { factor = '' } = at.passage.progress.handover ?? {}
        const outcome = await confirmHandover(journey, at.passage, number)
        if (typeof outcome === 'object') {
          if (outcome.ok) return back(at)
          return showFactor(at, factor, { status: 422, errors: [errorOf(factor, outcome)] })
        }
        const errors = [{ key: `phone.err.${outcome}`, field: 'number' }]
        if (await shown(at, { status: 422, errors })) return
        // After the third wrong number there is nothing left to type it for.
        if (!offered(at.passage.step).includes(factor)) return back(at)
        await showFactor(at, factor, { status: 422, errors: [{ key: 'phone.err.gone' }] })
      }),
      /** For the script that follows along. Looking is no sign that anybody is there. */
      phoneState: async (ctx: RoutedContext): Promise<void> => {
        const { cid } = await interactions.find(ctx, ctx.params.uid ?? '')
        const found = await journey.stores.handovers.atPlace(cid, journey.now())
        ctx.set('Cache-Control', 'no-store')
        ctx.body = { state: found ? stateOf(found) : 'gone' }
      },
    },
  }
}

const stateOf = ({ finished, joined }: Handover): Views['steps/phone']['state'] =>
  finished ? 'finished' : joined ? 'joined' : 'waiting'
