import { createHmac } from 'node:crypto'
import { grouped, SIGNS, signsOf } from '../../domain/spoken.ts'

const LENGTH = 8
const CODE = new RegExp(`^[${SIGNS}]{${LENGTH}}$`)

/** One code of 40 random bits. */
export const makeCode = (random: (bytes: number) => Uint8Array): string => signsOf(random(LENGTH))

/** As it stands on paper: ABCD-2345. */
export const written = (code: string): string => grouped(code, LENGTH / 2)

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
