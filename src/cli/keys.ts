import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { rotationOf } from '../composition.ts'
import { signer } from '../domain/signing-keys.ts'
import type { SigningKey } from '../journey/ports.ts'
import { ALGORITHMS, imported, make } from '../oidc/keys.ts'
import { CommandError } from './exit.ts'
import { withStores } from './open.ts'
import { instantOf } from './policy/words.ts'

/** Until every instance has seen a new key; each looks once a minute. */
const SEEN_MS = 3 * 60_000

/** The commands for keys; each resolves to the exit code of the process. */
export function addKeyCommands(pforte: Command, ended: (code: number) => void): void {
  const keys = pforte.command('keys').description('list, rotate, retire and import signing keys; reseal')
  const AT =
    'when it begins to sign, an instant with offset; after it was published long enough, where left out'

  keys
    .command('list')
    .description('list the signing keys and what they do now')
    .action(async () => ended(await listKeys()))

  keys
    .command('rotate')
    .description('make new signing keys now; servers take them over by themselves')
    .option('--at <instant>', AT)
    .option('--now', 'begin as soon as every server has seen them, for a key that is no longer safe')
    .action(async (when) => ended(await rotateKeys(when)))

  keys
    .command('import <file>')
    .description('take over a private key made elsewhere: PKCS #8, PEM, EC P-256 or RSA')
    .option('--at <instant>', AT)
    .action(async (file, when) => ended(await importKey(file, when)))

  keys
    .command('retire <kid>')
    .description('withdraw a signing key at once: what it has signed is valid no longer')
    .action(async (kid) => ended(await retireKey(kid)))

  keys
    .command('reencrypt')
    .description('seal all secrets anew with the first key of PFORTE_KEY_RING; servers may go on')
    .action(async () => ended(await reencrypt()))
}

interface When {
  at?: string
  now?: boolean
}

const listKeys = (): Promise<number> =>
  withStores(async ({ stores }) => {
    const all = await stores.keys.signing(() => [], make)
    for (const { kid, alg, notBefore } of all.toReversed()) {
      const from = new Date(notBefore).toISOString()
      console.log(`${kid}  ${alg}  ${stateOf(kid, alg, notBefore, all).padEnd(9)}  ${from}`)
    }
    if (all.length === 0) console.log('There are no keys yet; the server makes them when it starts.')
    return 0
  })

function stateOf(kid: string, alg: string, notBefore: number, all: SigningKey[]): string {
  if (signer(all, alg, Date.now())?.kid === kid) return 'signs'
  return notBefore > Date.now() ? 'next' : 'verifies'
}

const rotateKeys = (when: When): Promise<number> =>
  withStores(async ({ stores }, settings) => {
    const notBefore = begins(when, rotationOf(settings).ahead)
    const asked = ALGORITHMS.map((alg) => ({ alg, notBefore }))
    await stores.keys.signing(
      () => asked,
      async (key) => {
        const made = await make(key)
        console.log(`Made ${made.kid} (${made.alg}); it signs from ${new Date(notBefore).toISOString()}.`)
        return made
      },
    )
    return 0
  })

const importKey = (file: string, when: When): Promise<number> =>
  withStores(async ({ stores }, settings) => {
    const key = await read(file, begins(when, rotationOf(settings).ahead))
    await stores.keys.signing(
      (all) => (all.some(({ kid }) => kid === key.kid) ? [] : [key]),
      async () => key,
    )
    console.log(`${key.kid} (${key.alg}) is there; it signs from ${new Date(key.notBefore).toISOString()}.`)
    return 0
  })

async function read(file: string, notBefore: number): Promise<SigningKey> {
  try {
    return await imported(readFileSync(file, 'utf8'), notBefore)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CommandError('noInput', `${file} was not imported: ${why}`)
  }
}

const retireKey = (kid: string): Promise<number> =>
  withStores(async ({ stores }) => {
    const all = await stores.keys.signing(() => [], make)
    const key = all.find((one) => one.kid === kid)
    if (!key) throw new CommandError('data', `There is no key ${kid}.`)
    if (!all.some((one) => one.alg === key.alg && one.kid !== kid)) {
      const fix = 'Make another first: npx pforte keys rotate --now'
      throw new CommandError('data', `${kid} is the only key for ${key.alg}. ${fix}`)
    }
    await stores.keys.retire(kid, 'asked')
    console.log(`Withdrew ${kid}. Servers leave it out of the key set within a minute.`)
    return 0
  })

const reencrypt = (): Promise<number> =>
  withStores(async ({ stores }, { keyRing, session }) => {
    const { done, left } = await stores.keys.reseal()
    console.log(`Sealed ${done} values with the key "${keyRing[0]?.id}".`)
    if (left > 0) {
      console.error(`${left} values were written meanwhile by a server with another first key. Run it again.`)
      return 1
    }
    const hours = Math.ceil(session.absolute / 3_600)
    const older = keyRing.slice(1).map(({ id }) => `"${id}"`)
    if (older.length > 0) {
      const what = `Nothing that is kept needs ${older.join(', ')} any more.`
      console.log(`${what} Sessions may, for ${hours} hours; then take it out of PFORTE_KEY_RING.`)
    }
    return 0
  })

/** Milliseconds since 1970. */
function begins({ at, now }: When, ahead: number): number {
  if (now) return Date.now() + SEEN_MS
  return at === undefined ? Date.now() + ahead : instantOf(at)
}
