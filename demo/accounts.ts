import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { generateSync } from 'otplib'
import type { App } from '../src/app.ts'
import type { Account } from '../src/domain/account.ts'
import { passwordCredential } from '../src/factors/password/index.ts'
import { createTotp } from '../src/factors/totp/index.ts'
import type { NewAccount } from '../src/journey/ports.ts'
import { kept } from './kept.ts'
import { Trouble } from './trouble.ts'

/** What people sign in with. */
export interface DemoAccount {
  username: string
  password: string
  /** The set-up of an authenticator app: the key in groups of four, and its otpauth address. */
  totp?: { key: string; uri: string }
  /** Helps people at the service desk. */
  officer?: true
  /** Where the code goes that comes before the first second factor. */
  codeTo?: string
}

interface DemoPerson extends Omit<NewAccount, 'group' | 'locale'> {
  group?: string
}

/** The group of those who work at the service desk. */
const STAFF = 'staff'

const PEOPLE: readonly DemoPerson[] = [
  {
    username: 'max',
    email: 'max@mustermann.example',
    givenName: 'Max',
    familyName: 'Mustermann',
    customerNumber: '123A01913',
    emailVerified: false,
  },
  {
    username: 'erika',
    email: 'erika@mustermann.example',
    givenName: 'Erika',
    familyName: 'Mustermann',
    customerNumber: '123B02714',
    emailVerified: true,
  },
  {
    username: 'anna',
    email: 'anna@mustermann.example',
    givenName: 'Anna',
    familyName: 'Mustermann',
    customerNumber: '123C03625',
    emailVerified: true,
  },
  { username: 'berta', group: STAFF, emailVerified: false },
  { username: 'otto', group: STAFF, emailVerified: false },
]
const FILE = 'accounts.json'
/** By user name; `totp` is the key's 160 random bits in base64. */
type Secrets = Record<string, { password: string; totp?: string }>

const makeSecrets = (): Secrets => ({
  max: { password: makePassword() },
  anna: { password: makePassword() },
  berta: { password: makePassword() },
  otto: { password: makePassword() },
  erika: { password: makePassword(), totp: randomBytes(20).toString('base64') },
})

/**
 * The demo accounts. Passwords and keys are made at the first start and kept in the data folder; an account that is
 * missing, because an earlier start was cut short, is created now.
 */
export async function demoAccounts(app: App, folder: string, issuer: string): Promise<DemoAccount[]> {
  const before = await app.stores.accounts.byLogin('max')
  const file = kept(folder, FILE, () => {
    if (before) throw new Trouble(`${FILE} with the passwords is gone. Delete ${folder} to begin anew.`)
    return JSON.stringify(makeSecrets(), null, 2)
  })
  const secrets = JSON.parse(file) as Secrets
  const accounts: DemoAccount[] = []
  for (const person of PEOPLE) {
    const { username } = person
    const { password, totp } = secrets[username] ?? {}
    if (!password) throw new Trouble(`${FILE} lacks ${username}. Delete ${folder} to begin anew.`)
    const account = await accountOf(app, person, password)
    accounts.push({
      username,
      password,
      ...(totp ? { totp: await totpOf(app, account, totp, issuer) } : {}),
      ...(person.group === STAFF ? { officer: true as const } : {}),
      ...(!totp && person.emailVerified && person.email ? { codeTo: person.email } : {}),
    })
  }
  return accounts
}

/** 16 of the signs that are not mistaken for each other: 79 bits. */
function makePassword(): string {
  const signs = 'abcdefghjkmnpqrstuvwxyz23456789'
  const group = () => Array.from({ length: 4 }, () => signs[randomInt(signs.length)]).join('')
  return [group(), group(), group(), group()].join('-')
}

async function accountOf({ stores, hashPassword }: App, person: DemoPerson, password: string) {
  if (!(await stores.accounts.byLogin(person.username))) {
    const credential = passwordCredential(await hashPassword(password))
    const account = { group: 'citizens', ...person, locale: 'de' }
    await stores.accounts.create(account, credential, { event: 'account.created', by: 'cli' })
  }
  const account = await stores.accounts.byLogin(person.username)
  if (!account) throw new Error(`${person.username} could not be created`)
  return account
}

/** Sets TOTP up as its owner would have done yesterday: no code of today is spent. */
async function totpOf({ stores }: App, account: Account, key: string, issuer: string) {
  const yesterday = Date.now() - 24 * 3600 * 1000
  const random = () => Buffer.from(key, 'base64')
  const totp = createTotp({ most: 1, issuer: () => issuer, now: () => yesterday, random })
  const { show, remember } = await totp.beginEnrolment(account, [])
  if (show.as !== 'page' || !remember) throw new Error('a set-up has a page and a state')

  const held = await stores.credentials.ofAccount(account.id)
  if (!held.some(({ factor }) => factor === totp.id)) {
    const code = generateSync({ secret: remember.secret, epoch: Math.floor(yesterday / 1000) })
    const verdict = await totp.finishEnrolment(remember, { code })
    if (!verdict.ok) throw new Error(`set-up failed: ${verdict.reason}`)
    const credentialId = randomUUID()
    const event = { event: 'factor.enrolled', factor: totp.id, credentialId, accountId: account.id } as const
    await stores.credentials.enrol(
      credentialId,
      account.id,
      totp.id,
      verdict.value,
      totp.maxPerAccount,
      event,
    )
  }
  return { key: (show.data.key as string[]).join(' '), uri: String(show.data.uri) }
}
