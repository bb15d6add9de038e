import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, Trouble } from './trouble.ts'

/**
 * The text of a file in the folder. Where there is none yet it is made, and from then on kept, readable by its owner
 * alone. Throws `Trouble` where the folder cannot be written.
 */
export function kept(folder: string, name: string, make: () => string): string {
  const file = join(folder, name)
  try {
    if (existsSync(file)) return readFileSync(file, 'utf8')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const text = make()
    // Under its name only when it is whole.
    writeFileSync(`${file}.new`, text, { mode: 0o600 })
    renameSync(`${file}.new`, file)
    return text
  } catch (error) {
    if (codeOf(error) === '') throw error
    throw new Trouble(
      `${file} cannot be kept (${codeOf(error)}). Set PFORTE_DATA to a folder you may write to.`,
    )
  }
}
