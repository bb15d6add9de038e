import { type Account, isNameToSignIn, loginName } from '../domain/account.ts'
import {
  type AccessPurpose,
  type Desk,
  type DeskRefusal,
  type Document,
  purposesFor,
  type Reason,
} from '../domain/desk.ts'
import { isEmail } from '../domain/email.ts'
import { AppError } from '../domain/errors.ts'
import type { Credential, FactorId } from '../domain/factor.ts'
import type { Deps } from './deps.ts'
import type { AccessCode } from './ports.ts'

/** Milliseconds for which a second officer may approve what was asked for. */
const APPROVAL = 30 * 60_000
const DAY = 24 * 3600_000

/** Who acts, and where. */
export interface Officer {
  account: Account
  site: string
  requestId: string
}

/** An account at the desk: its state, and what waits for a second officer. */
export interface Case {
  account: Account
  credentials: Credential[]
  purposes: readonly AccessPurpose[]
  asked: AccessCode | undefined
}

export type Made = { code: string; expiresAt: number; purpose: AccessPurpose; letter: boolean }
export type Refused = { refused: DeskRefusal }

const deskOf = ({ desk }: Deps): Desk => {
  if (!desk) throw new AppError('not_found')
  return desk
}

/** By customer number or exact user name; whoever is looked at is told to the audit. Undefined: there is none. */
export async function findAccount(
  deps: Deps,
  officer: Officer,
  typed: string,
): Promise<Account | Refused | undefined> {
  const { accounts, audit } = deps.stores
  if (await isOver(deps, officer, 'searches', deskOf(deps).searchesPerHour))
    return refuse(deps, officer, 'too_many_searches')
  const name = loginName(typed)
  const named = await accounts.byLogin(name)
  // An address is a name to sign in with, but not one to look people up by.
  const found =
    (await accounts.byCustomerNumber(typed.trim())) ??
    (named && loginName(named.username) === name ? named : undefined)
  if (found) await audit.append({ event: 'desk.opened', accountId: found.id, ...by(officer) })
  return found
}

export async function openCase(deps: Deps, accountId: string): Promise<Case | undefined> {
  const [account, credentials, asked] = await Promise.all([
    deps.stores.accounts.byId(accountId),
    deps.stores.credentials.ofAccount(accountId),
    deps.stores.accessCodes.asked(accountId, deps.now()),
  ])
  return account && { account, credentials, asked, purposes: purposesFor(credentials, factorsIn(deps)) }
}

/** What an officer has looked at, and wants a code for. */
export interface Wish {
  purpose: AccessPurpose
  lost: readonly FactorId[]
  document: Document
  reason: Reason
  letter: boolean
}

/** Gives a code out; where something is to be replaced, asks for a second officer instead (`asked`). */
export async function giveCode(
  deps: Deps,
  officer: Officer,
  { account, credentials, purposes }: Case,
  wish: Wish,
): Promise<Made | Refused | 'asked'> {
  const desk = deskOf(deps)
  const { purpose, letter, document, reason } = wish
  if (account.id === officer.account.id) return refuse(deps, officer, 'own_account', account)
  const lost = wish.lost.filter((id) => credentials.some((c) => c.factor === id))
  const possible =
    purposes.includes(purpose) &&
    !account.locked &&
    (!letter || desk.letterDays !== undefined) &&
    (purpose === 'replace') === lost.length > 0
  if (!possible) return refuse(deps, officer, 'not_possible', account)
  if (await isOver(deps, officer, 'codes', desk.codesPerHour))
    return refuse(deps, officer, 'too_many_codes', account)
  const { site } = officer
  const about = { purpose, document, reason }
  const code = { ...about, accountId: account.id, lost, site, letter, officer: officer.account.id }
  const event = { ...by(officer), ...about, accountId: account.id }
  if (purpose === 'replace') {
    const waiting = { ...code, expiresAt: deps.now() + APPROVAL }
    await deps.stores.accessCodes.ask(waiting, { ...event, event: 'desk.asked' })
    return 'asked'
  }
  const expiresAt = endOf(deps, letter)
  const made = await deps.stores.accessCodes.issue(
    { ...code, expiresAt },
    { ...event, event: 'desk.issued', letter },
  )
  return { code: made, expiresAt, purpose, letter }
}

/** A letter, or a sheet for an event: the identity document is looked at when it is handed over. */
export async function prepareOne(
  deps: Deps,
  officer: Officer,
  typed: string,
): Promise<(Made & { account: Account }) | Refused | undefined> {
  const account = await findAccount(deps, officer, typed)
  if (!account || 'refused' in account) return account
  const found = await openCase(deps, account.id)
  const purpose = found?.purposes.find((one) => one !== 'replace')
  if (!found || !purpose) return refuse(deps, officer, 'not_possible', account)
  const wish: Wish = { purpose, lost: [], document: 'handover', reason: 'first_time', letter: true }
  const made = await giveCode(deps, officer, found, wish)
  if (made === 'asked') throw new Error('a first code waits for nobody')
  return 'code' in made ? { ...made, account } : made
}

/** The second officer: another person, not the one who is helped, and at the same site. */
export async function approve(
  deps: Deps,
  officer: Officer,
  { account, asked }: Case,
): Promise<Made | Refused> {
  if (account.id === officer.account.id) return refuse(deps, officer, 'own_account', account)
  if (!asked || asked.site !== officer.site) return refuse(deps, officer, 'not_possible', account)
  if (asked.officer === officer.account.id) return refuse(deps, officer, 'same_officer', account)
  if (await isOver(deps, officer, 'codes', deskOf(deps).codesPerHour))
    return refuse(deps, officer, 'too_many_codes', account)
  const { purpose, document, reason, letter, site, officer: first } = asked
  const [now, expiresAt, second] = [deps.now(), endOf(deps, letter), officer.account.id]
  const code = await deps.stores.accessCodes.approve(
    account.id,
    { second, now, expiresAt },
    {
      event: 'desk.issued',
      accountId: account.id,
      requestId: officer.requestId,
      officer: first,
      second,
      site,
      purpose,
      document,
      reason,
      letter,
    },
  )
  // Taken back, or who asked for it was locked meanwhile.
  return code ? { code, expiresAt, purpose, letter } : refuse(deps, officer, 'suspended', account)
}

/** An account without a password: its owner chooses that, with a code. Names what is wrong with a field. */
export async function foundAtDesk(
  deps: Deps,
  officer: Officer,
  draft: { username: string; group: string; email: string; customerNumber: string; locale: string },
): Promise<{ id: string } | { wrong: string; field: string }> {
  const { username, group, email, customerNumber, locale } = draft
  if (!isNameToSignIn(username, 128)) return { wrong: 'unusable', field: 'username' }
  if (email !== '' && !isEmail(email)) return { wrong: 'email', field: 'email' }
  if (customerNumber.length > 64 || /\p{C}/u.test(customerNumber))
    return { wrong: 'unusable', field: 'customerNumber' }
  if (!deskOf(deps).groups.includes(group)) return { wrong: 'group', field: 'group' }
  const id = await deps.stores.accounts.create(
    {
      username,
      group,
      locale,
      emailVerified: false,
      ...(email ? { email } : {}),
      ...(customerNumber ? { customerNumber } : {}),
    },
    undefined,
    { event: 'account.created', by: 'desk', ...by(officer) },
  )
  return id === 'taken' ? { wrong: 'taken', field: 'username' } : { id }
}

/** The customer number that its owner has claimed was looked at, and is right. */
export const confirmNumber = (deps: Deps, officer: Officer, { account }: Case): Promise<boolean> =>
  deps.stores.accounts.confirmNumber(account.id, {
    event: 'desk.confirmed',
    accountId: account.id,
    ...by(officer),
  })

/** Puts on record that somebody was not let do something. */
export async function refuse(
  deps: Deps,
  { account: { id: officer }, site, requestId }: Omit<Officer, 'site'> & { site?: string },
  reason: DeskRefusal,
  account?: Account,
): Promise<Refused> {
  await deps.stores.audit.append({
    event: 'desk.refused',
    officer,
    requestId,
    reason,
    ...(site === undefined ? {} : { site }),
    ...(account ? { accountId: account.id } : {}),
  })
  return { refused: reason }
}

const isOver = async ({ stores }: Deps, { account }: Officer, what: string, points: number) =>
  (await stores.attempts.spend({ name: `desk:${what}`, points, seconds: 3600 }, account.id, 'durable')) > 0

const endOf = (deps: Deps, letter: boolean): number => {
  const { minutes, letterDays = 0 } = deskOf(deps)
  return deps.now() + (letter ? letterDays * DAY : minutes * 60_000)
}

/** Who acts, as the audit names them. */
export const by = ({ account, site, requestId }: Officer) => ({ officer: account.id, site, requestId })

const factorsIn = ({ factors }: Deps) => [...factors.values()]
