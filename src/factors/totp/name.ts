import type { Hint } from '../../domain/factor.ts'

const LENGTH = { min: 3, max: 30 }
const ALLOWED = /^[\p{L}\p{M}\p{N} .:;_()/-]$/u

/** The first one has the name of its kind alone; people may give others. */
export function freeName(taken: readonly string[]): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? 'TOTP' : `TOTP ${n}`
    if (!taken.includes(name)) return name
  }
}

/** The name as it is stored, or what is wrong with it; `taken` are those of the account's others. */
export function named(typed: string, taken: readonly string[]): string | Hint {
  const name = typed.normalize('NFC').trim()
  const characters = [...name]
  if (characters.length < LENGTH.min || characters.length > LENGTH.max) return { code: 'len', field: 'name' }
  if (!characters.every((character) => ALLOWED.test(character))) return { code: 'chars', field: 'name' }
  return taken.includes(name) ? { code: 'taken', field: 'name' } : name
}
