import { createHmac } from 'node:crypto'

/** Without 0, O, 1 and I, which are mistaken for each other on paper. */
const SIGNS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const LENGTH = 8
const CODE = new RegExp(`^[${SIGNS}]{${LENGTH}}$`)

/** One code of 40 random bits: 256 divides by 32, so that every sign is as likely as any other. */
export const makeCode = (random: (bytes: number) => Uint8Array): string =>
  [...random(LENGTH)].map((byte) => SIGNS[byte % SIGNS.length]).join('')

/** As it stands on paper: ABCD-2345. */
export const written = (code: string): string => `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`

/** What was typed as a code, in large letters and without blanks and dashes; undefined where it cannot be one. */
export function codeIn(typed: string): string | undefined {
  const code = typed
    .normalize('NFKC')
    .replace(/[\s‐-―-]/g, '')
    .toUpperCase()
  return CODE.test(code) ? code : undefined
}

/**
 * The stored form (NIST SP 800-63B-4, 3.1.2.2): salted, and keyed with what is not in the database, because 40 bits
 * alone could be tried out.
 */
export const digestOf = (code: string, salt: string, key: Uint8Array): string =>
  createHmac('sha256', key).update(`${salt}|${code}`).digest('base64url')
