/** Letters and digits that nobody takes for another, read out or written by hand: no 0, 1, I, L and O. */
const LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789'

/** A code that people read out and type; `pick` draws a whole number below its argument. */
export const spoken = (length: number, pick: (below: number) => number): string =>
  Array.from({ length }, () => LETTERS[pick(LETTERS.length)]).join('')

/** Without 0, O, 1 and I, which are mistaken for each other on paper. */
export const SIGNS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** A code from random bytes, one sign for each: 256 divides by 32, so that every sign is as likely as any other. */
export const signsOf = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => SIGNS[byte % SIGNS.length]).join('')

/** What was typed, as the code was drawn: without blanks and dashes, in capital letters. */
export const heard = (typed: string): string =>
  typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')

/** In groups, as people read it: `grouped('ABCDEF', 3)` is `ABC-DEF`. */
export const grouped = (code: string, size: number, between = '-'): string =>
  code.match(new RegExp(`.{1,${size}}`, 'g'))?.join(between) ?? ''
