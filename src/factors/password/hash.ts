import { pbkdf2, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { hash as argon2, verify as argon2Verify } from '@node-rs/argon2'
import { verify as bcryptVerify } from '@node-rs/bcrypt'
import { HashQueue } from './hash-queue.ts'

/** argon2id costs (RFC 9106); `queue` is how many hashes may wait, `atOnce` how many run (all cores). */
export interface HashSettings {
  memoryKiB: number
  passes: number
  parallelism: number
  queue: number
  atOnce?: number
}

export interface Hasher {
  hash(password: string): Promise<string>
  verify(phc: string, password: string): Promise<boolean>
  /** Made with other parameters or another scheme than new hashes are. */
  isOutdated(phc: string): boolean
}

/** `$pbkdf2-sha256$i=600000,l=32$salt$hash`, `l` being optional, base64 without padding as in the PHC string format. */
const PBKDF2 =
  /^\$pbkdf2-(sha256|sha512)\$i=([1-9]\d{0,6})(?:,l=\d{1,3})?\$([A-Za-z0-9+/]{11,})\$([A-Za-z0-9+/]{22,})$/
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|1\d|20)\$[./A-Za-z0-9]{53}$/
const ARGON2ID =
  /^\$argon2id\$v=19\$m=[1-9]\d{1,5},t=[1-9]\d{0,2},p=[1-9]\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{22,}$/

/**
 * Hashes that can be verified: new ones are argon2id, the others come from imports. Salts have 8 bytes and hashes 16
 * at least (RFC 9106, 3.1; NIST SP 800-132, 5): a shorter hash is guessed by chance. Costs are such that a login ends.
 */
export const isKnownHash = (phc: string): boolean => [ARGON2ID, BCRYPT, PBKDF2].some((form) => form.test(phc))

/** Unicode in one form, so that a password typed on another keyboard is the same (NIST SP 800-63B-4, 3.1.1.2). */
const normal = (password: string): string => password.normalize('NFC')

/**
 * All hashing of the process, off the event loop and never more at once than there are cores. `timed` hears how long
 * each hash waited and took (milliseconds).
 */
export function createHasher(
  { memoryKiB, passes, parallelism, queue, atOnce = availableParallelism() }: HashSettings,
  timed: (waited: number, took: number) => void = () => {},
): Hasher & { load(): HashQueue['load'] } {
  const line = new HashQueue(atOnce, queue)
  const run = <T>(hash: () => Promise<T>): Promise<T> => {
    const came = performance.now()
    return line.run(async () => {
      const began = performance.now()
      const result = await hash()
      timed(began - came, performance.now() - began)
      return result
    })
  }
  const costs = { memoryCost: memoryKiB, timeCost: passes, parallelism }
  const current = `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$`
  return {
    hash: (password) => run(() => argon2(normal(password), costs)),
    verify: (phc, password) => run(() => checkEither(phc, password)),
    load: () => line.load,
    isOutdated: (phc) => !phc.startsWith(current),
  }
}

/** Imported hashes may be of what was typed, byte by byte. */
async function checkEither(phc: string, password: string): Promise<boolean> {
  if (await check(phc, normal(password))) return true
  return normal(password) !== password && check(phc, password)
}

async function check(phc: string, password: string): Promise<boolean> {
  if (BCRYPT.test(phc)) return bcryptVerify(password, phc)
  const match = PBKDF2.exec(phc)
  return match ? pbkdf2Verify(match, password) : argon2Verify(phc, password)
}

async function pbkdf2Verify([, digest = '', rounds, salt = '', expected = '']: string[], password: string) {
  const wanted = Buffer.from(expected, 'base64')
  const salted = Buffer.from(salt, 'base64')
  const made = await promisify(pbkdf2)(password, salted, Number(rounds), wanted.length, digest)
  return timingSafeEqual(made, wanted)
}
