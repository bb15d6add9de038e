import { timingSafeEqual } from 'node:crypto'
import { generateSync } from 'otplib'

/** Seconds for which one code is shown (RFC 6238, 5.2). */
export const STEP = 30

/** Steps before and after the present one whose code is taken too: delay and a slightly wrong clock. */
const TOLERANCE = 1

export const seconds = (nowMs: number): number => Math.floor(nowMs / 1000)

/** The step a clock is in that is `offset` seconds ahead of ours. `at` in seconds. */
export const stepAt = (at: number, offset: number): number => Math.floor((at + offset) / STEP)

export const within = (step: number, at: number, offset: number): boolean =>
  Math.abs(step - stepAt(at, offset)) <= TOLERANCE

/** The steps around the present one of that clock, the nearest first. */
export function stepsAround(at: number, offset: number, reach: number = TOLERANCE): number[] {
  const middle = stepAt(at, offset)
  const distances = Array.from({ length: reach }, (_, i) => i + 1)
  return [middle, ...distances.flatMap((d) => [middle - d, middle + d])].filter((step) => step >= 0)
}

/**
 * The least a clock must be ahead of ours (negative: behind) to be in this step at that time; 0 where ours is in it.
 * Seconds.
 */
export function leastOffset(step: number, at: number): number {
  const start = step * STEP
  const last = start + STEP - 1
  if (at < start) return start - at
  return at > last ? last - at : 0
}

/** Which of these steps has this code (six ASCII digits). */
export function matching(secret: string, code: string, steps: readonly number[]): number[] {
  const given = Buffer.from(code)
  return steps.filter((counter) =>
    timingSafeEqual(given, Buffer.from(generateSync({ strategy: 'hotp', secret, counter }))),
  )
}
