import { isCodeOf, stepAt } from './code.ts'

/** What a stored TOTP credential knows. `offset` in steps: how far the phone's clock was off at set-up. */
export interface Totp {
  secret: string
  offset: number
  /** Steps whose codes were used, newest last; those that can still match are kept. */
  used: number[]
  /** The newest used step of each time line: the true time's, and the phone's own. */
  last: [number, number]
}

const REACH = 1
/** Used steps are remembered for half an hour; what lies further back counts as used, should the clock jump. */
const KEEP = 60

export const unused = (secret: string, offset: number): Totp => ({ secret, offset, used: [], last: [0, 0] })

/** The steps a login accepts now: the true time and the phone's own time, one step to either side. */
export function acceptedSteps({ offset }: Pick<Totp, 'offset'>, now: number): number[] {
  const lines = offset === 0 ? [0] : [0, offset]
  const steps = lines.flatMap((line) => around(stepAt(now) + line))
  return [...new Set(steps)]
}

/**
 * The step a code stands for, `replayed` where it, or a later one of the same time line, was used before, else
 * undefined. A phone that ran ahead and was put right starts a time line of its own: the codes it used before lie
 * in the future there and do not shut its owner out, but each single one of them stays used.
 */
export function match(totp: Totp, code: string, now: number): number | 'replayed' | undefined {
  const fits = acceptedSteps(totp, now).filter((step) => isCodeOf(totp.secret, step, code))
  if (fits.length === 0) return undefined
  return fits.find((step) => !isUsed(totp, step, now)) ?? 'replayed'
}

function isUsed(totp: Totp, step: number, now: number): boolean {
  const { used, last } = totp
  return used.includes(step) || step <= Math.max(...used) - KEEP || step < last[lineOf(totp, step, now)]
}

/** The time line a step belongs to, the one whose present is nearest: 0 the true one, 1 the phone's. Near ones are one. */
function lineOf({ offset }: Totp, step: number, now: number): 0 | 1 {
  if (Math.abs(offset) <= 2 * REACH) return 0
  const real = stepAt(now)
  return Math.abs(step - real) <= Math.abs(step - real - offset) ? 0 : 1
}

/** The credential after `step` was used. Nothing is forgotten because a clock went backwards. */
export function withUsed(totp: Totp, step: number, now: number): Totp {
  const newest = Math.max(step, ...totp.used)
  const used = [...totp.used, step].filter((s) => s > newest - KEEP).sort((a, b) => a - b)
  const last: Totp['last'] = [...totp.last]
  const line = lineOf(totp, step, now)
  last[line] = Math.max(last[line], step)
  return { ...totp, used, last }
}

const around = (step: number): number[] => [step, step - REACH, step + REACH]
