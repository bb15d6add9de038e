import { HashQueue } from './queue.ts'
import { type Cost, decoy, hash, matches, outdated } from './schemes.ts'

export interface HasherOptions {
  /** Asked each time, so that a live reload counts. `queue`: how many hashes may wait. */
  parameters: () => Cost & { queue: number }
  /** Hashes at once: the number of cores. */
  concurrency: number
  /** Milliseconds. */
  now: () => number
  random: (bytes: number) => Uint8Array
}

/** All password hashing of the process, in one bounded queue, off the event loop. */
export interface Hasher {
  /** The PHC string of a new password. Throws `AppError('busy')` where too many wait. */
  hash(password: string): Promise<string>
  /**
   * The PHC string to keep where the password is right: the stored one, or a new one where the stored is outdated.
   * Undefined where it is wrong; `stored` undefined takes the same time. Throws `AppError('busy')` as above.
   */
  check(stored: string | undefined, password: string): Promise<string | undefined>
}

export function createHasher({ parameters, concurrency, now, random }: HasherOptions): Hasher {
  const queue = new HashQueue({ concurrency, waiting: () => parameters().queue, now })
  return {
    hash: (password) => queue.run(() => hash(prepared(password), parameters())),
    check: (stored, password) =>
      queue.run(async () => {
        const phc = stored ?? decoy(parameters(), random)
        const right = (await anyMatches(phc, candidates(password))) && stored !== undefined
        if (!right) return undefined
        return outdated(phc, parameters()) ? hash(prepared(password), parameters()) : phc
      }),
  }
}

/** As RFC 8265, 4.2 (OpaqueString) has it, so that the same keys give the same password on every device. */
const prepared = (password: string): string => password.replace(/\p{Zs}/gu, ' ').normalize('NFC')

/** Imported hashes may be of what was typed, byte by byte. */
const candidates = (password: string): string[] => [...new Set([prepared(password), password])]

async function anyMatches(phc: string, passwords: readonly string[]): Promise<boolean> {
  for (const password of passwords) if (await matches(phc, password)) return true
  return false
}
