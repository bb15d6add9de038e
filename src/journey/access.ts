import { type Account, loginName } from '../domain/account.ts'
import type { AccessPurpose, Desk } from '../domain/desk.ts'
import { AppError } from '../domain/errors.ts'
import type { Answer } from '../domain/factor.ts'
import { heard } from '../domain/spoken.ts'
import type { Deps } from './deps.ts'
import { LOST as PASSWORD } from './errand.ts'
import type { Network } from './network.ts'
import { type Passage, save } from './passage.ts'
import type { AccessCode, AccessOutcome, Limit } from './ports.ts'
import { asker } from './vouch.ts'

/** Where there is no account the same is asked of the store: the time says nothing. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

/** What a code may be for, by the step at which it is typed; elsewhere none is. */
const AT: Partial<Record<Passage['step']['kind'], readonly AccessPurpose[]>> = {
  identify: ['password', 'replace'],
  verify: ['replace'],
  vouch: ['first_factor'],
}

/** Whether a code of the desk can be typed here. */
export const mayUseAccess = ({ desk }: Deps, { step }: Passage): boolean =>
  desk !== undefined && AT[step.kind] !== undefined

export type AccessTyped = 'right' | 'malformed' | 'purpose' | 'wrong' | { wait: number }

/**
 * A code of the service desk. It proves nothing of its owner to applications: right, it lets somebody set up a factor
 * in this interaction, and everything else that the account can prove is asked for. Why it is not accepted stands in the
 * audit; the person is told no more than that, and hears nothing of accounts.
 */
export async function useAccess(
  deps: Deps,
  passage: Passage,
  given: Answer,
  network: Network,
): Promise<AccessTyped> {
  const { desk, stores } = deps
  const purposes = AT[passage.step.kind]
  if (!desk || !purposes) throw new AppError('not_permitted_now')
  const typed = heard(given.code ?? '')
  if (typed.length !== 8) return 'malformed'
  const account = await whose(deps, passage, given)
  const { site } = network
  const common = { ...known(asker(passage), account), ...(site ? { site } : {}) }

  const limit: Limit = { name: 'access', points: network.codes, seconds: 3600 }
  const wait = await stores.attempts.spend(limit, network.key, 'fast')
  if (wait > 0) {
    await stores.audit.append({ ...common, event: 'desk.missed', reason: 'too_many_attempts' })
    return { wait }
  }
  const judge = (code: AccessCode) => {
    if (!fitsSite(desk, code, site)) return 'site'
    return purposes.includes(code.purpose) ? undefined : 'purpose'
  }
  const outcome = await stores.accessCodes.redeem(account?.id ?? NOBODY, typed, deps.now(), judge, (found) =>
    'right' in found
      ? { ...common, event: 'desk.redeemed', ...told(found.right) }
      : { ...common, event: 'desk.missed', reason: found.refused },
  )
  if (!('right' in outcome) || !account) return messageOf(outcome)
  await begin(deps, passage, account, outcome.right)
  return 'right'
}

/** In the first step whoever is named; later the account that is known already. A locked one is nobody. */
async function whose(deps: Deps, { step, account }: Passage, given: Answer): Promise<Account | undefined> {
  const named =
    step.kind === 'identify' ? await deps.stores.accounts.byLogin(loginName(given.identifier ?? '')) : account
  return named?.locked ? undefined : named
}

/** Never at another site; at none only where that is permitted, or it came in a letter. */
const fitsSite = ({ siteNetworkOnly }: Desk, { site, letter }: AccessCode, here: string | undefined) =>
  here === undefined ? letter || !siteNetworkOnly : here === site

async function begin(
  deps: Deps,
  { interaction, progress, step }: Passage,
  account: Account,
  { purpose, lost, letter }: AccessCode,
): Promise<void> {
  const { mailed: _, chosen: __, wanted: ___, errand: ____, ...own } = progress
  const { startedAt, shared } = own
  // Whoever begins with the code has proven nothing, whatever was proven here before.
  const anew = { startedAt, proofs: [], skipped: [], ...(shared === undefined ? {} : { shared }) }
  await save(deps, interaction, {
    ...(step.kind === 'identify' ? anew : own),
    accountId: account.id,
    vouched: 'desk_or_bundid',
    ...(purpose === 'replace' ? { lost } : {}),
    // Who has come to the desk for a new account is at its beginning.
    ...(purpose === 'password' ? { lost: [PASSWORD], ...(letter ? {} : { founded: true }) } : {}),
  })
}

const told = ({ purpose, officer, second, site }: AccessCode) => ({
  purpose,
  officer,
  ...(second ? { second } : {}),
  site,
})

const messageOf = (outcome: AccessOutcome): AccessTyped =>
  'refused' in outcome && outcome.refused === 'purpose' ? 'purpose' : 'wrong'

const known = ({ accountId: _, ...rest }: ReturnType<typeof asker>, account: Account | undefined) => ({
  ...rest,
  ...(account ? { accountId: account.id } : {}),
})
