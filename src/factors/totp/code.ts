import { generateSync } from 'otplib'

/** RFC 6238 with what every authenticator app knows: SHA-1, six digits, 30 seconds. */
const PERIOD = 30

/** The time step a moment (milliseconds) lies in. */
export const stepAt = (ms: number): number => Math.floor(ms / 1000 / PERIOD)

/** Whether `code` is the secret's code of this step. */
export function isCodeOf(secret: string, step: number, code: string): boolean {
  return generateSync({ secret, period: PERIOD, digits: 6, algorithm: 'sha1', epoch: step * PERIOD }) === code
}

/**
 * Six ASCII digits. Apps show them in groups and in the digits of the phone's language, and copying brings invisible
 * marks along: white space and marks go, full-width, Arabic and Persian digits are read as what they mean.
 */
export function digitsOf(typed: string): string | undefined {
  const code = typed
    .normalize('NFKC')
    .replace(/[\s\p{Cf}]/gu, '')
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf))
  return /^[0-9]{6}$/.test(code) ? code : undefined
}

/** The matching step nearest to `around`, at most `reach` steps away. */
export function findStep(secret: string, code: string, around: number, reach: number): number | undefined {
  for (let distance = 0; distance <= reach; distance++) {
    for (const step of distance === 0 ? [around] : [around - distance, around + distance]) {
      if (isCodeOf(secret, step, code)) return step
    }
  }
  return undefined
}

/** Seconds as whole minutes for a sentence, at least one. */
export const minutes = (steps: number): number => Math.max(1, Math.round((Math.abs(steps) * PERIOD) / 60))
