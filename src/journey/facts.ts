import { type Account, isReachable } from '../domain/account.ts'
import type { Proof } from '../domain/assurance.ts'
import { BINDING, type Signal, signalFor } from '../domain/binding.ts'
import type { Facts } from '../domain/decide.ts'
import type { Credential, FactorId } from '../domain/factor.ts'
import { type Asked, factsOf, type Relying } from '../domain/facts.ts'
import { type Ask, ask } from '../domain/policy.ts'
import type { Deps } from './deps.ts'
import { merge, type Progress } from './evidence.ts'
import type { Evidence } from './ports.ts'

export interface Known {
  account: Account | undefined
  credentials: Credential[]
  facts: Facts
  ask: Ask
}

/** Gathers what `decide` needs to know about this account, session, client and request at this moment. */
export async function gather(
  deps: Deps,
  client: Relying,
  asked: Asked,
  session: Evidence | undefined,
  progress: Progress | undefined,
): Promise<Known> {
  const accountId = progress?.accountId ?? session?.accountId
  const { account, credentials = [] } =
    (accountId && (await deps.stores.accounts.withCredentials({ id: accountId }))) || {}
  const policy = deps.policy()
  const now = deps.now()
  // What a request wants is done once it was set up or passed over: from then on the interaction knows better.
  const wanted = progress ? progress.wanted : asked.wanted
  const demand = ask(policy, account, client.clientId, now)
  const dismissed = account && demand.offered ? await deps.stores.dismissals.of(account.id, policy.epoch) : []
  const facts = factsOf({
    now,
    ...(progress ? { since: progress.startedAt } : {}),
    policy,
    ask: demand,
    factors: [...deps.factors.values()],
    client,
    asked,
    account,
    credentials,
    proofs: account ? proofsOf(account.id, asked, session, progress) : [],
    sessionAbsolute: deps.sessionAbsolute,
    skipped: [...new Set<FactorId>([...(progress?.skipped ?? []), ...dismissed])],
    wanted,
    signal: signalOf(deps, account, progress),
    lost: progress?.lost,
  })
  return { account, credentials, ask: demand, facts }
}

/** What must come before a first factor, unless it came within this interaction. */
export function signalOf(
  { policy, mails }: Deps,
  account: Account | undefined,
  progress: Progress | undefined,
): Signal | undefined {
  if (!account) return undefined
  const signal = signalFor(policy().binding ?? BINDING, account.group, mails && isReachable(account))
  if (progress?.accountId !== account.id) return signal
  // Who has looked at an identity document knows more than who has sent a mail.
  return progress.vouched === signal || progress.vouched === 'desk_or_bundid' ? undefined : signal
}

/** Proofs of the session count for the same account only; under `prompt=login` none of them does. */
function proofsOf(
  accountId: string,
  asked: Asked,
  session: Evidence | undefined,
  progress: Progress | undefined,
): Proof[] {
  const before = session?.accountId === accountId ? session.proofs : []
  const here = progress?.accountId === accountId ? progress.proofs : []
  const all = merge(before, here)
  if (!asked.reauthenticate) return all
  return progress ? all.filter((p) => p.at >= progress.startedAt) : []
}
