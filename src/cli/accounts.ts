import type { z } from 'zod'
import { plannable } from '../composition.ts'
import { type Account, loginName } from '../domain/account.ts'
import type { Credential } from '../domain/factor.ts'
import { createHasher } from '../factors/password/hash.ts'
import { passwordCredential } from '../factors/password/index.ts'
import { contextWords, passwordProblem } from '../factors/password/rules.ts'
import { pardon } from '../journey/attempts.ts'
import { erase } from '../journey/deletion.ts'
import type { Stores } from '../journey/ports.ts'
import { accountFields, reasons, toAccount } from './account-fields.ts'
import { factorIds } from './check.ts'
import { CommandError } from './exit.ts'
import { withStores } from './open.ts'
import { readPassword } from './password.ts'

/** Creates an account with the password on standard input. */
export async function createAccount(fields: z.input<typeof accountFields>): Promise<number> {
  const parsed = accountFields.safeParse(fields)
  if (!parsed.success)
    throw new CommandError('data', `The account was not created: ${reasons(parsed.error)}.`)
  const password = await readPassword()
  return withStores(async ({ stores }, settings) => {
    const account = { ...toAccount(parsed.data), id: '', locked: false, createdAt: 0 }
    const words = contextWords(account, settings.live.operator.name)
    const wrong = await passwordProblem(password, settings.password.least, words)
    if (wrong)
      throw new CommandError('data', `The account was not created: ${GUESSED[wrong.code] ?? GUESSED.weak}.`)
    const phc = await createHasher(settings.password).hash(password)
    const event = { event: 'account.created', by: 'cli' } as const
    const id = await stores.accounts.create(toAccount(parsed.data), passwordCredential(phc), event)
    if (id === 'taken') {
      const what = 'Its user name, e-mail address or customer number is in use already.'
      throw new CommandError('data', `The account was not created. ${what}`)
    }
    console.log(`Created ${parsed.data.username} (${id}).`)
    return 0
  })
}

/** What is wrong with a password, to whoever runs this. */
const GUESSED: Record<string, string> = {
  short: 'its password is shorter than password.min_length in pforte.yaml',
  long: 'its password is too long',
  near: 'its password is mostly a name of the person or of the service',
  common: 'its password is among those that are guessed first',
  weak: 'its password is easy to guess',
}

/** Prints what is known of an account: its data and the names of its credentials, none of their secrets. */
export const showAccount = (who: string): Promise<number> =>
  withStores(async ({ stores }) => {
    const account = await find(stores, who)
    const credentials = await stores.credentials.ofAccount(account.id)
    for (const [name, value] of Object.entries(described(account, credentials))) {
      console.log(`${name.padEnd(16)}${printable(value)}`)
    }
    return 0
  })

export const lockAccount = (who: string): Promise<number> =>
  withStores(async ({ stores }) => {
    const { id, username } = await find(stores, who)
    const changed = await stores.accounts.setLocked(id, true, Date.now(), { event: 'account.locked' })
    console.log(
      changed
        ? `Locked ${username} (${id}); its refresh tokens have ended.`
        : `${username} is locked already.`,
    )
    return 0
  })

/** Lifts the lock, and forgets failed attempts: strangers' guesses may have shut the owner out. */
export const unlockAccount = (who: string): Promise<number> =>
  withStores(async ({ stores }, settings) => {
    const account = await find(stores, who)
    const { id, username } = account
    const changed = await stores.accounts.setLocked(id, false, Date.now(), { event: 'account.unlocked' })
    const event = { event: 'attempts.pardoned', accountId: id } as const
    const pardoned = await pardon(stores.attempts, factorIds(settings), account, event)
    console.log(changed ? `Unlocked ${username} (${id}).` : `${username} was not locked.`)
    console.log(pardoned ? 'Its failed attempts are forgotten.' : 'No failed attempts were counted.')
    return 0
  })

/** Erases an account at once, without a time to take it back. */
export async function eraseAccount(who: string, { yes }: { yes?: boolean }): Promise<number> {
  if (!yes) throw new CommandError('usage', 'Erasing cannot be undone. Add --yes if you mean it.')
  return withStores(async ({ stores }, settings) => {
    const account = await find(stores, who)
    const factors = new Map(plannable(settings).map((factor) => [factor.id, factor]))
    await erase({ stores, factors }, account, 'cli')
    console.log(`Erased ${account.username} (${account.id}).`)
    return 0
  })
}

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** By user name, e-mail address or id. */
export async function find({ accounts }: Stores, who: string): Promise<Account> {
  const account =
    (await accounts.byLogin(loginName(who))) ?? (UUID.test(who) ? await accounts.byId(who) : undefined)
  if (account) return account
  throw new CommandError(
    'noAccount',
    `No account has the user name, e-mail address or id "${printable(who)}".`,
  )
}

function described(account: Account, credentials: readonly Credential[]): Record<string, string> {
  const time = (ms: number): string => new Date(ms).toISOString()
  const credential = (c: Credential): string =>
    [
      `${c.factor} "${c.label}"`,
      `set up ${time(c.createdAt)}`,
      c.lastUsedAt ? `last used ${time(c.lastUsedAt)}` : 'never used',
      ...(c.suspended ? ['suspended'] : []),
    ].join(', ')
  return {
    id: account.id,
    username: account.username,
    email: account.email ? `${account.email} (${account.emailVerified ? 'verified' : 'not verified'})` : '',
    given_name: account.givenName ?? '',
    family_name: account.familyName ?? '',
    customer_number: account.customerNumber ?? '',
    ...(account.claimedNumber ? { claimed_number: `${account.claimedNumber} (not checked)` } : {}),
    group: account.group,
    locale: account.locale,
    locked: account.locked ? 'yes' : 'no',
    created: time(account.createdAt),
    ...Object.fromEntries(credentials.map((c, i) => [`credential ${i + 1}`, credential(c)])),
  }
}

/** Labels are people's own: control characters never reach the terminal. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, '\uFFFD')
