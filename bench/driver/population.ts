import { createHash, randomUUID } from 'node:crypto'
import { hash } from '@node-rs/argon2'
import { ScureBase32Plugin } from 'otplib'
import type { Pool } from 'pg'
import type { Strength } from '../../src/domain/factor.ts'
import { passwordCredential } from '../../src/factors/password/index.ts'
import { sealData } from '../../src/store/credentials.ts'
import { createImports } from '../../src/store/import.ts'
import type { Seal } from '../../src/store/seal.ts'
import { codeOnPhone } from '../../test/support/phone.ts'

export const PASSWORD = 'correct horse battery staple'
/** argon2id as Pforte sets it by default, and as cheap as it can be. */
export const COSTS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
export const CHEAP = { memoryCost: 64, timeCost: 1, parallelism: 1 }

export interface Who {
  username: string
  /** The code their phone shows now. */
  code(): string
}

/** Accounts that are taken in turn: none twice within the life of a code, so that replay protection lets them in. */
export interface Population {
  take(): Who
  /** Names and keys follow from the number: nothing needs to be remembered of a million accounts. */
  seed(from: number, count: number): Promise<void>
}

/** Milliseconds in which no code of an account is used again. */
const APART = 90_000
const BATCH = 2_000
/** A prime: of many accounts those that sign in lie anywhere. */
const STRIDE = 7_919
const TOTP: Strength = { kinds: ['possession'], amr: ['otp'], phishingResistant: false, identity: 'none' }

export interface Stored {
  pool: Pool
  seal: Seal
}

/** `totp`: they have an authenticator app, besides their password. */
export async function createPopulation(
  { pool, seal }: Stored,
  name: string,
  { costs = COSTS, totp = true } = {},
): Promise<Population> {
  const phc = await hash(PASSWORD, costs)
  if (!phc.startsWith(`$argon2id$v=19$m=${costs.memoryCost},t=${costs.timeCost},p=${costs.parallelism}$`))
    throw new Error(`not the hash that was asked for: ${phc}`)
  const imports = createImports(pool, seal)
  const usernameOf = (n: number): string => `${name}-${n}`
  const taken = new Map<number, number>()
  let seeded = 0
  let next = 0

  const batch = async (from: number, count: number): Promise<void> => {
    const numbers = Array.from({ length: count }, (_, i) => from + i)
    const people = numbers.map((n) => ({ n, id: randomUUID() }))
    const lines = people.map(({ n, id }, i) => ({
      line: i + 1,
      account: { id, username: usernameOf(n), ...PERSON, customerNumber: usernameOf(n) },
      password: passwordCredential(phc),
    }))
    const done = { lines, refused: [], linesDone: count, digest: '' }
    const { progress } = await imports.add(randomUUID(), { linesDone: 0, imported: 0, digest: '' }, done)
    if (progress.imported !== count) throw new Error(`of ${count} accounts ${progress.imported} were new`)
    if (!totp) return
    const apps = people.map(({ n, id }) => ({
      id: randomUUID(),
      accountId: id,
      secret: secretOf(usernameOf(n)),
    }))
    await pool.query(
      `INSERT INTO credentials (id, account_id, factor, label, strength, data)
       SELECT id, account_id, 'totp', 'TOTP', $4, data
       FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS given (id, account_id, data)`,
      [
        apps.map(({ id }) => id),
        apps.map(({ accountId }) => accountId),
        apps.map(({ id, secret }) => sealData(seal, id, { secret, offset: 0, used: [], last: [0, 0] })),
        JSON.stringify(TOTP),
      ],
    )
  }

  return {
    async seed(from, count) {
      for (let n = from; n < from + count; n += BATCH) await batch(n, Math.min(BATCH, from + count - n))
      seeded = from + count
    },
    take() {
      const now = Date.now()
      for (let tries = 0; tries < seeded; tries++) {
        const n = (next++ * STRIDE) % seeded
        if (now - (taken.get(n) ?? 0) < APART) continue
        taken.set(n, now)
        const username = usernameOf(n)
        return { username, code: () => codeOnPhone(secretOf(username), Date.now()) }
      }
      throw new Error(`more people are needed than ${seeded} ${name}`)
    },
  }
}

/** Without an e-mail address, so that no notice of a new device is written, as for people who come back. */
const PERSON = {
  emailVerified: false,
  givenName: 'Erika',
  familyName: 'Mustermann',
  group: 'citizens',
  locale: 'de',
}

export const secretOf = (username: string): string =>
  new ScureBase32Plugin().encode(createHash('sha1').update(username).digest(), { padding: false })
