import { leastOffset, matching, seconds, stepAt, stepsAround, within } from './clock.ts'

/**
 * What is kept of an authenticator app. Its codes are read by two clocks: ours, and the phone's, which may be wrong.
 *
 * A code is known by its step, and each step is taken once. On each clock, steps only go forward: `last` and all
 * before it are spent. One mark for both would be simpler, but would lock the owner of a phone that was ahead out
 * for as long as it was ahead, once it is put right. So a step used on one clock that the other has yet to reach
 * stands in `used`; that list is bounded by the distance of the clocks. No mark ever goes back, whatever our clock does.
 */
export interface TotpData {
  /** 160 random bits in base32. */
  secret: string
  clocks: ClockMark[]
  used: number[]
}

/** `offset`: seconds this clock is ahead of ours; `last`: the newest step that is spent on it. */
export interface ClockMark {
  offset: number
  last: number
}

/** The farthest a clock may be off, in seconds. */
export const FARTHEST = 600

/** An app nobody has used yet. Our own clock comes first and is never moved. */
export const unused = (secret: string, offset = 0): TotpData => ({
  secret,
  clocks: [
    { offset: 0, last: 0 },
    { offset, last: 0 },
  ],
  used: [],
})

export type Presented = { ok: true; data: TotpData } | { ok: false; reason: 'wrong' | 'replayed' }

/** Takes a code: right on one of the clocks, and not spent on any that is near it. */
export function present(data: TotpData, code: string, nowMs: number): Presented {
  const at = seconds(nowMs)
  const near = new Set(data.clocks.flatMap(({ offset }) => stepsAround(at, offset)))
  const right = matching(data.secret, code, [...near])
  if (right.length === 0) return { ok: false, reason: 'wrong' }
  const step = right.find((s) => isFresh(data, s, at))
  return step === undefined ? { ok: false, reason: 'replayed' } : { ok: true, data: spend(data, step, at) }
}

const isFresh = ({ clocks, used }: TotpData, step: number, at: number): boolean =>
  !used.includes(step) && clocks.every(({ offset, last }) => step > last || !within(step, at, offset))

/** Marks the step as spent, and with it what a clock it is not near to would refuse by now for its age alone. */
export function spend(data: TotpData, step: number, at: number): TotpData {
  const [ours, ...theirs] = data.clocks.map((mark) => ({
    offset: mark.offset,
    last: Math.max(mark.last, within(step, at, mark.offset) ? step : stepAt(at, mark.offset) - 2),
  }))
  const clocks = ours ? [ours, ...theirs.map((mark) => follow(mark, step, at))] : []
  const spent = Math.min(...clocks.map((mark) => mark.last))
  return { ...data, clocks, used: [...data.used, step].filter((s) => s > spent) }
}

/** Clocks drift, those of hardware tokens too: go along by the least that explains the code (RFC 6238, 6). */
function follow(mark: ClockMark, step: number, at: number): ClockMark {
  if (!within(step, at, mark.offset)) return mark
  const offset = mark.offset + leastOffset(step, at + mark.offset)
  return { ...mark, offset: Math.max(-FARTHEST, Math.min(FARTHEST, offset)) }
}
