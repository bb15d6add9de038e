import type { Account } from '../domain/account.ts'
import { join, type Level, NOTHING, type Proof, type Requirement } from '../domain/assurance.ts'
import type { Facts } from '../domain/decide.ts'
import type { Credential, FactorId } from '../domain/factor.ts'
import { type Ask, ask, type Policy } from '../domain/policy.ts'
import type { Asked, Deps, Relying } from './deps.ts'
import { merge, type Progress } from './evidence.ts'
import type { Evidence } from './ports.ts'

/** A person may bind a new credential on proofs of this age, or of this interaction; milliseconds. */
const FRESH_FOR_ENROLMENT = 5 * 60_000

/** Nobody is identified; asking the store all the same keeps the time of known and unknown people alike. */
export const NOBODY = '00000000-0000-0000-0000-000000000000'

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
  const [account, credentials] = accountId
    ? await Promise.all([deps.stores.accounts.byId(accountId), deps.stores.credentials.ofAccount(accountId)])
    : [undefined, []]
  const policy = deps.policy()
  const now = deps.now()
  const demand = ask(policy, account ?? { group: '' }, client.clientId, now)
  const dismissed = account && demand.offered ? await deps.stores.dismissals.of(account.id, policy.epoch) : []
  return {
    account,
    credentials,
    ask: demand,
    facts: {
      now,
      ...(progress ? { since: progress.startedAt } : {}),
      ...(account ? { account: { locked: account.locked } } : {}),
      proofs: account ? valid(proofsOf(account.id, asked, session, progress), credentials) : [],
      credentials: credentials.filter((c) => deps.factors.has(c.factor)),
      factors: [...deps.factors.values()],
      levels: policy.levels,
      ...levelsAsked(policy, asked),
      required: [
        demand.required,
        client.requirement ?? NOTHING,
        notOlderThan(asked.maxAge),
        notOlderThan(deps.sessionAbsolute),
      ].reduce(join),
      ...(demand.offered ? { offered: demand.offered } : {}),
      interactive: asked.interactive,
      enrolSince: Math.min(now - FRESH_FOR_ENROLMENT, progress?.startedAt ?? Infinity),
      ...(progress?.wanted ? { wanted: progress.wanted } : {}),
      skipped: [...new Set<FactorId>([...(progress?.skipped ?? []), ...dismissed])],
    },
  }
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

/** A proof counts as long as its credential is there and in good standing. */
function valid(proofs: readonly Proof[], credentials: readonly Credential[]): Proof[] {
  const good = new Set(credentials.filter((c) => !c.suspended).map((c) => c.id))
  return proofs.filter((p) => good.has(p.credentialId))
}

/** Unknown acr values are passed over, unless the request insists and none is known. */
function levelsAsked(policy: Policy, asked: Asked): { asked: Level[]; unknownAcr: boolean } {
  const known = asked.acrValues.flatMap((acr) => policy.levels.filter((level) => level.acr === acr))
  return { asked: known, unknownAcr: asked.essential && asked.acrValues.length > 0 && known.length === 0 }
}

const notOlderThan = (maxAge: number | undefined): Requirement =>
  maxAge === undefined ? NOTHING : { ...NOTHING, maxAge }
