import { loginName } from '../domain/account.ts'
import { isEmail } from '../domain/email.ts'
import { AppError } from '../domain/errors.ts'
import { subjectNamed } from './attempts.ts'
import type { Deps } from './deps.ts'
import type { Errand } from './evidence.ts'
import { redeemCode, sendCode } from './mailed-code.ts'
import type { Network } from './network.ts'
import { type Passage, save } from './passage.ts'
import type { CodePurpose } from './ports.ts'
import { asker, type Typed } from './vouch.ts'

/** The factor that a mailed code stands in for. */
export const LOST = 'password'

/** Throws `not_permitted_now` but on the first page of a provider that sends mails, and has what is asked for. */
export function mayBegin({ mails, registration }: Deps, { step }: Passage, what: Errand['for']): void {
  const possible = mails && (what === 'reset' || registration() !== undefined)
  if (step.kind !== 'identify' || !possible) throw new AppError('not_permitted_now')
}

/**
 * „Passwort vergessen?“: mails a code to the owner of the account that has this name, if it has a confirmed address.
 * Whether it has, or whether there is one, the person cannot tell. Returns seconds to wait.
 */
export async function forgot(deps: Deps, passage: Passage, typed: string, network: Network): Promise<number> {
  mayBegin(deps, passage, 'reset')
  const name = loginName(typed)
  const { account, credentials = [] } = (await deps.stores.accounts.withCredentials({ login: name })) ?? {}
  const able =
    account?.email !== undefined &&
    account.emailVerified &&
    !account.locked &&
    credentials.some((c) => c.factor === LOST && !c.suspended)
  const accountId = able ? account.id : undefined
  const errand: Errand = {
    for: 'reset',
    holder: accountId ?? subjectNamed(name),
    ...(accountId ? { accountId } : {}),
  }
  return begin(deps, passage, errand, network)
}

/**
 * The first step to an account: mails a code to the address. Where an account has it already, its owner is told so
 * instead, and the person cannot tell. `malformed` where it is no address.
 */
export async function register(
  deps: Deps,
  passage: Passage,
  typed: string,
  locale: string,
  network: Network,
): Promise<number | 'malformed'> {
  mayBegin(deps, passage, 'register')
  const email = typed.trim()
  if (!isEmail(email)) return 'malformed'
  const account = await deps.stores.accounts.byLogin(loginName(email))
  const errand: Errand = { for: 'register', holder: subjectNamed(email), email, known: account !== undefined }
  const wait = await begin(deps, passage, errand, network, locale)
  if (account && wait === 0)
    await deps.stores.audit.append({ ...asker(passage), accountId: account.id, event: 'registration.known' })
  return wait
}

/** `locale`: the language of a mail to somebody who has no account. */
async function begin(
  deps: Deps,
  passage: Passage,
  errand: Errand,
  network: Network,
  locale?: string,
): Promise<number> {
  const accountId = 'accountId' in errand ? errand.accountId : undefined
  const to = recipientOf(errand, locale)
  const wait = await sendCode(deps, boundTo(passage, errand), to, { ...asker(passage), accountId, network })
  if (wait === 0) await save(deps, passage.interaction, { ...passage.progress, errand })
  return wait
}

/** Mails another code for the errand that was begun. Returns seconds to wait. */
export async function sendAgain(
  deps: Deps,
  passage: Passage,
  locale: string,
  network: Network,
): Promise<number> {
  const { errand } = passage.progress
  if (!errand) throw new AppError('not_permitted_now')
  return begin(deps, passage, errand, network, locale)
}

/** Nobody where there is no account to reset, or one with this address already. */
function recipientOf(errand: Errand, locale: string | undefined) {
  if (errand.for === 'reset') return errand.accountId ? { accountId: errand.accountId } : undefined
  return errand.known ? undefined : { address: errand.email, ...(locale ? { locale } : {}) }
}

/**
 * The code of the errand. Right, it stands in for the forgotten password, and for that alone: `decide` asks for all
 * else that the account can prove. For a new account, it confirms the address.
 */
export async function confirmErrand(deps: Deps, passage: Passage, typed: string): Promise<Typed> {
  const { errand } = passage.progress
  if (!errand) throw new AppError('not_permitted_now')
  const accountId = errand.for === 'reset' ? errand.accountId : undefined
  const outcome = await redeemCode(deps, boundTo(passage, errand), typed, { ...asker(passage), accountId })
  if (outcome !== 'right') return outcome
  const { startedAt, shared } = passage.progress
  const begun = { startedAt, proofs: [], skipped: [], ...(shared === undefined ? {} : { shared }) }
  if (errand.for === 'register') {
    // Nobody was told the code: it was guessed.
    if (errand.known) return 'wrong'
    await save(deps, passage.interaction, { ...begun, errand: { ...errand, confirmed: true } })
    return 'right'
  }
  if (!accountId) return 'wrong'
  await save(deps, passage.interaction, { ...begun, accountId, vouched: 'mailed_code', lost: [LOST] })
  return 'right'
}

/** Back to the first page. */
export async function dropErrand(deps: Deps, { interaction, progress }: Passage): Promise<void> {
  const { errand: _, ...rest } = progress
  await save(deps, interaction, rest)
}

const boundTo = ({ interaction }: Passage, { for: purpose, holder }: Errand) => ({
  purpose: purpose satisfies CodePurpose,
  holder,
  place: interaction.cid,
})
