import type { Hint } from '../../domain/factor.ts'

export const NAME_LENGTH = { min: 3, max: 30 } as const
const STRICT = /^[A-Za-z0-9.:;_()/-]$/
/** Letters of every script, with the marks that belong to them, and the space. */
const WIDE = /^[\p{L}\p{M}\p{N} .:;_()/-]$/u

/** The name as it is stored: without white space around it, in one form of each letter. */
export const tidied = (typed: string): string => typed.normalize('NFC').trim()

/** What is wrong with a name, if anything; `taken` are the names the account uses already. */
export function nameProblem(name: string, wide: boolean, taken: readonly string[]): Hint | undefined {
  const characters = [...name]
  const bad = characters.find((char) => !(wide ? WIDE : STRICT).test(char))
  if (bad === ' ') return { code: 'space', field: 'name' }
  if (bad !== undefined) return { code: 'chars', params: { char: visible(bad) }, field: 'name' }
  if (characters.length < NAME_LENGTH.min || characters.length > NAME_LENGTH.max)
    return { code: 'len', field: 'name' }
  return taken.includes(name) ? { code: 'taken', field: 'name' } : undefined
}

/** Controls, direction marks and odd spaces would not be seen in the message, or would turn it round. */
function visible(char: string): string {
  if (!/[\p{C}\p{Z}\p{M}]/u.test(char)) return char
  return `U+${char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`
}

/** Like PK-8.4.2025-16:45:53, in the time of the operator's zone; `now` in milliseconds. */
export function defaultName(now: number, zone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    calendar: 'gregory',
    day: 'numeric',
    month: 'numeric',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
  const part = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]))
  const date = [Number(part.day), Number(part.month), part.year].join('.')
  return `PK-${date}-${part.hour}:${part.minute}:${part.second}`
}
