import type { Verdict } from '../../domain/factor.ts'
import { digitsOf, findStep, minutes, stepAt } from './code.ts'
import { type Totp, unused, withUsed } from './verify.ts'

/** A set-up in progress; `candidate` is the wrong clock the doctor has found and now wants confirmed. */
export interface Pending {
  secret: string
  account: string
  /** Under which it will be listed. */
  label: string
  failures: number
  candidate?: { offset: number; step: number }
}

const REACH = 1
/** The clock doctor looks ten minutes to either side. */
const DOCTOR = 20

/**
 * Checks the code typed at set-up. A code of a wrong clock is recognised: the person is told how far the phone is
 * off, and a second, later code at the same distance completes the set-up and remembers the distance.
 */
export function confirm(pending: Pending, typed: string, now: number): Verdict<Totp, Pending> {
  if (typed.trim() === '') return retry(pending, 'malformed', { code: 'empty' })
  const code = digitsOf(typed)
  if (code === undefined) return retry(pending, 'malformed', { code: 'format' })

  const present = stepAt(now)
  const step = findStep(pending.secret, code, present, DOCTOR)
  if (step === undefined) return unknown(pending)
  const off = step - present
  // Remembered even where it is one step: at another second of the half minute the same clock is two steps off.
  if (Math.abs(off) <= REACH) return done(pending, off, step, now)

  const { candidate } = pending
  if (candidate && step > candidate.step && Math.abs(off - candidate.offset) <= REACH) {
    return done(pending, Math.min(candidate.offset, off), step, now)
  }
  const hint = { code: off > 0 ? 'clock_ahead' : 'clock_behind', params: { minutes: minutes(off) } }
  const found = candidate?.step === step ? candidate : { offset: off, step }
  return retry({ ...pending, candidate: found }, 'wrong', hint)
}

function unknown(pending: Pending): Verdict<Totp, Pending> {
  const failures = pending.failures + 1
  return retry({ ...pending, failures }, 'wrong', { code: failures >= 2 ? 'clock' : 'wrong' })
}

/** The codes of the set-up are used with it: none works again at a login, not even when the true time gets there. */
function done(
  { secret, candidate }: Pending,
  offset: number,
  step: number,
  now: number,
): Verdict<Totp, Pending> {
  const spent = [...(candidate ? [candidate.step] : []), step]
  return { ok: true, value: spent.reduce((totp, one) => withUsed(totp, one, now), unused(secret, offset)) }
}

const retry = (
  state: Pending,
  reason: 'wrong' | 'malformed',
  hint: { code: string; params?: Record<string, number> },
): Verdict<Totp, Pending> => ({ ok: false, reason, hint: { ...hint, field: 'code' }, retry: state })
