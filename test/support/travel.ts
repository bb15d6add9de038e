import { randomUUID } from 'node:crypto'
import type { Factor, Show } from '../../src/domain/factor.ts'
import { answer } from '../../src/journey/answer.ts'
import type { Asked, Deps, Relying } from '../../src/journey/deps.ts'
import { STRANGERS } from '../../src/journey/network.ts'
import { acknowledge, offered, open, skip } from '../../src/journey/passage.ts'

const SHOWN: Show = { as: 'page', view: 'factors/x/verify', data: {} }

/** The same factor to the journey, for somebody who always answers rightly with what their account holds. */
export const obliging = (factor: Factor): Factor => ({
  ...factor,
  data: { parse: (raw) => raw },
  remembers: () => false,
  beginEnrolment: async () => ({ show: SHOWN, remember: null }),
  finishEnrolment: async () => ({
    ok: true,
    value: { data: {}, label: `new ${factor.id}`, strength: factor.yields },
  }),
  beginVerification: async () => ({ show: SHOWN, remember: null }),
  finishVerification: async (_state, _answer, find) => {
    const [credential] = await find()
    return credential
      ? { ok: true, value: { credential, strength: credential.strength } }
      : { ok: false, reason: 'wrong' }
  },
})

const ASKED: Asked = { acrValues: [], essential: false, reauthenticate: false, interactive: true }

/**
 * Takes an account through a login to its end: proves what is asked, sets up what must be, skips what may be.
 * Resolves to `satisfied`, `enrols`, or the reason for which it is stuck.
 */
export async function travel(deps: Deps, client: Relying, username: string, from: string): Promise<string> {
  const at = { cid: randomUUID(), sessionUid: undefined, client, asked: ASKED, requestId: randomUUID() }
  let ending = 'satisfied'
  for (let pages = 0; pages < 20; pages++) {
    const passage = await open(deps, at)
    const { step } = passage
    if (passage.progress.celebrate) {
      await acknowledge(deps, passage, undefined)
      continue
    }
    if (step.kind === 'done') return ending
    if (step.kind === 'refuse') return step.why
    if (step.kind === 'enrol' && step.skippable) {
      for (const id of step.offer.slice(0, 1)) await skip(deps, passage, id, false)
      continue
    }
    if (step.kind === 'vouch') return step.by === 'desk_or_bundid' ? 'desk_first' : 'needs a mail'
    if (step.kind === 'enrol') ending = 'enrols'
    let moved = false
    for (const id of offered(step)) {
      const outcome = await answer(
        deps,
        passage,
        id,
        { identifier: username },
        { address: from, network: { key: '', ...STRANGERS }, knows: () => false },
      )
      moved = outcome.ok
      if (moved) break
    }
    if (!moved) return step.kind === 'identify' ? 'cannot_begin' : 'no answer'
  }
  return 'never ends'
}
