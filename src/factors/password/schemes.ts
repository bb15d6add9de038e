import { pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import argon2 from '@node-rs/argon2'
import bcrypt from '@node-rs/bcrypt'

/** What our own hashes cost (RFC 9106): memory in KiB, passes, lanes. */
export interface Cost {
  memoryKiB: number
  passes: number
  parallelism: number
}

const ARGON2 = /^\$argon2(id|i|d)\$/
const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/
const PBKDF2 = /^\$pbkdf2-(sha256|sha512)\$i=(\d{1,8})(?:,l=\d{1,3})?\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/
const ARGON2ID = 2
const VERSION_19 = 1

/** Hashes that can be checked: argon2 (own and imported), and of imports bcrypt and PBKDF2, as PHC strings. */
export const SUPPORTED = new RegExp([ARGON2, BCRYPT, PBKDF2].map((r) => r.source).join('|'))

export const hash = (password: string, cost: Cost): Promise<string> =>
  argon2.hash(password, argon2Options(cost))

/** Whether the password has this hash. bcrypt looks at the first 72 bytes alone: its own limit, not ours. */
export async function matches(phc: string, password: string): Promise<boolean> {
  if (ARGON2.test(phc)) return argon2.verify(phc, password)
  if (BCRYPT.test(phc)) return bcrypt.verify(password, phc)
  const [, digest, iterations, salt, expected] = PBKDF2.exec(phc) ?? []
  if (!digest || !salt || !expected) throw new Error('unsupported password hash')
  const wanted = Buffer.from(expected, 'base64')
  const derived = await derive(
    password,
    Buffer.from(salt, 'base64'),
    Number(iterations),
    wanted.length,
    digest,
  )
  return timingSafeEqual(derived, wanted)
}

/** True for another scheme and for less memory or fewer passes than hashes get today. */
export function outdated(phc: string, cost: Cost): boolean {
  if (!ARGON2.test(phc)) return true
  const { algorithm, version, memoryCost, timeCost } = argon2.parseOptions(phc)
  const current = algorithm === ARGON2ID && version === VERSION_19
  return !current || memoryCost < cost.memoryKiB || timeCost < cost.passes
}

/** A well-formed hash of no known password, as costly to check as a real one of today. */
export function decoy(
  { memoryKiB, passes, parallelism }: Cost,
  random: (bytes: number) => Uint8Array,
): string {
  const text = (bytes: number): string => Buffer.from(random(bytes)).toString('base64').replaceAll('=', '')
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$${text(16)}$${text(32)}`
}

const argon2Options = ({ memoryKiB, passes, parallelism }: Cost): argon2.Options => ({
  memoryCost: memoryKiB,
  timeCost: passes,
  parallelism,
})

const derive = promisify(pbkdf2)
