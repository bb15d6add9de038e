import { isNameToSignIn } from '../domain/account.ts'
import { AppError } from '../domain/errors.ts'
import type { Answer, Hint } from '../domain/factor.ts'
import { ask } from '../domain/policy.ts'
import type { Deps } from './deps.ts'
import { LOST as PASSWORD } from './errand.ts'
import type { Network } from './network.ts'
import { type Passage, save } from './passage.ts'
import type { Limit } from './ports.ts'

/**
 * Makes the account, once its address is confirmed, and goes on as if its owner had signed in with the new password. A
 * hint says what is wrong. That a user name is taken is told, but to those alone who have confirmed an address nobody
 * has used here, and so many times as a network may make accounts. The customer number is a claim for the desk to look
 * at: nobody gets a token with it.
 */
export async function found(
  deps: Deps,
  passage: Passage,
  given: Answer,
  locale: string,
  network: Network,
): Promise<Hint | { wait: number } | undefined> {
  const { interaction, progress } = passage
  const { errand } = progress
  const registration = deps.registration()
  const password = deps.factors.get(PASSWORD)
  if (errand?.for !== 'register' || !errand.confirmed || !registration || !password)
    throw new AppError('not_permitted_now')
  const username = (given.username ?? '').trim()
  if (username === '') return { code: 'missing', field: 'username' }
  if (!isNameToSignIn(username, 128)) return { code: 'unusable', field: 'username' }
  const claimed = (given.customerNumber ?? '').trim()
  if (claimed.length > 64 || /\p{Cc}/u.test(claimed)) return { code: 'unusable', field: 'customerNumber' }
  const { email } = errand
  const draft = { username, email, emailVerified: true, group: registration.group, locale }
  const { required } = ask(deps.policy(), { ...draft, id: '' }, interaction.client.clientId, deps.now())
  const nobody = { ...draft, id: '', locked: false, createdAt: 0 }
  const { remember } = await password.beginEnrolment(nobody, [], { demand: required })
  const verdict = await password.finishEnrolment(remember, given)
  if (!verdict.ok) return verdict.hint ?? { code: verdict.reason, field: 'password' }

  const limit: Limit = { name: 'registrations', points: network.registrations, seconds: 3600 }
  const wait = await deps.stores.attempts.spend(limit, network.key, 'fast')
  if (wait > 0) return { wait }
  const { client, requestId } = interaction
  const id = await deps.stores.accounts.create(
    { ...draft, ...(claimed ? { claimedNumber: claimed } : {}) },
    verdict.value,
    { event: 'account.created', by: 'person', clientId: client.clientId, requestId },
  )
  if (id === 'taken') return { code: 'taken', field: 'username' }
  const [credential] = await deps.stores.credentials.ofAccount(id)
  if (!credential) throw new Error('an account was made without its password')
  const { strength, id: credentialId } = credential
  const { startedAt, shared } = progress
  await save(deps, interaction, {
    startedAt,
    ...(shared === undefined ? {} : { shared }),
    accountId: id,
    proofs: [{ factor: PASSWORD, credentialId, at: deps.now(), strength }],
    skipped: [],
    vouched: 'mailed_code',
    founded: true,
  })
  return undefined
}
