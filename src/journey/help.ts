import { randomInt } from 'node:crypto'
import { spoken } from '../domain/spoken.ts'
import type { Trouble } from '../domain/trouble.ts'
import type { Helps } from './ports.ts'

const LENGTH = 6
/** Codes that one instance gives in a minute: whoever calls up failing pages by the thousand gets them without. */
const MOST_A_MINUTE = 300
/** Kept while the database does not answer. */
const MOST_WAITING = 600
const BATCH = 100

export interface HelpDesk {
  /** The code for a page that somebody is stuck at; no page waits for it. Undefined: there are too many just now. */
  note(trouble: Omit<Trouble, 'at'>): string | undefined
  /** Resolves once all that can be written is. */
  written(): Promise<void>
}

export function createHelpDesk(
  helps: Pick<Helps, 'keep'>,
  now: () => number,
  onError: (error: unknown) => void,
): HelpDesk {
  let minute = 0
  let given = 0
  let waiting: (Trouble & { code: string })[] = []
  let writing: Promise<void> | undefined

  const isTooMuch = (): boolean => {
    const current = Math.floor(now() / 60_000)
    if (current !== minute) [minute, given] = [current, 0]
    return ++given > MOST_A_MINUTE || waiting.length >= MOST_WAITING
  }

  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH)
      await helps.keep(batch)
      waiting = waiting.slice(batch.length)
    }
  }

  return {
    note(trouble) {
      if (isTooMuch()) return undefined
      const code = spoken(LENGTH, randomInt)
      waiting.push({ ...trouble, at: now(), code })
      // What an outage leaves unwritten goes with the next one.
      writing ??= write()
        .catch(onError)
        .finally(() => {
          writing = undefined
        })
      return code
    },
    written: async () => void (await writing),
  }
}
