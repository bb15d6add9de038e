import type { Enrolled, Hint, Rejection, Strength, Verdict } from '../../domain/factor.ts'
import { leastOffset, matching, STEP, seconds, stepsAround, within } from './clock.ts'
import { FARTHEST, spend, type TotpData, unused } from './spending.ts'

/** What the host keeps while an app is being set up. */
export interface Enrolling {
  secret: string
  /** The user name, for the name of the entry in the app. */
  username: string
  /** A right code of a wrong clock: its step, and how far ahead that clock is (seconds). */
  seen?: { step: number; offset: number } | undefined
  /** How many codes were wrong so far. */
  wrong: number
}

export const STRENGTH: Strength = {
  kinds: ['possession'],
  amr: ['otp'],
  phishingResistant: false,
  identity: 'none',
}

/**
 * Checks the first code. A right code of a clock up to ten minutes wrong is recognised, and the person told by how
 * much; a second one of the same clock then completes the set-up, and the clock is remembered.
 */
export function confirm(
  state: Enrolling,
  code: string,
  nowMs: number,
): Verdict<Enrolled<TotpData>, Enrolling> {
  const at = seconds(nowMs)
  const [step] = matching(state.secret, code, stepsAround(at, 0, FARTHEST / STEP))
  if (step === undefined) return notRight(state)
  const offset = leastOffset(step, at)
  const { seen } = state
  if (within(step, at, 0)) return enrolled(state, step, offset, at)
  if (!seen || !within(step, at, seen.offset)) return clockIsOff({ ...state, seen: { step, offset } }, offset)
  return step > seen.step ? enrolled(state, step, offset, at) : again(state, 'replayed', { code: 'used' })
}

function enrolled(
  { secret, username, seen }: Enrolling,
  step: number,
  offset: number,
  at: number,
): Verdict<Enrolled<TotpData>, Enrolling> {
  const fresh = unused(secret, offset)
  const data = spend({ ...fresh, used: seen ? [seen.step] : [] }, step, at)
  return { ok: true, value: { data, label: username, strength: STRENGTH } }
}

const notRight = (state: Enrolling) =>
  again({ ...state, wrong: state.wrong + 1 }, 'wrong', { code: state.wrong > 0 ? 'clock' : 'bad' })

/** The true offset lies within one step beyond the least; its middle is what people are told. */
function clockIsOff(state: Enrolling, offset: number) {
  const minutes = Math.max(1, Math.round((Math.abs(offset) + STEP / 2) / 60))
  return again(state, 'wrong', { code: offset > 0 ? 'clock_ahead' : 'clock_behind', params: { minutes } })
}

const again = (retry: Enrolling, reason: Rejection, hint: Hint): Verdict<never, Enrolling> => ({
  ok: false,
  reason,
  hint: { ...hint, field: 'code' },
  retry,
})
