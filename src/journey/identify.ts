import { type Account, loginName } from '../domain/account.ts'
import type { Answer, Credential, FactorId, Find } from '../domain/factor.ts'
import { subjectNamed } from './attempts.ts'
import type { Deps } from './deps.ts'

/** Whose credentials one answer may be checked against, and under which name its attempts are counted. */
export interface Candidate {
  account?: Account
  /** For the limits: an account id, or a digest of the typed login name, or nothing but the address. */
  subject: string
  find: Find<unknown>
}

/** The second step and later ones: the account is known, its own credentials alone count. */
export function known(account: Account, credentials: readonly Credential[], factor: FactorId): Candidate {
  const own = inGoodStanding(credentials, factor)
  const find: Find<unknown> = async (externalId) =>
    own.filter((c) => externalId === undefined || c.externalId === externalId)
  return { account, subject: account.id, find }
}

/**
 * The first step: by the typed login name, or by a credential's own name (a discoverable passkey). Unknown and known
 * names take the same question to the store, so that the time says nothing.
 */
export async function named(deps: Deps, factor: FactorId, answer: Answer): Promise<Candidate> {
  const typed = loginName(answer.identifier ?? '')
  if (typed === '') return { subject: '', find: byExternalId(deps, factor) }
  const { account, credentials = [] } = (await deps.stores.accounts.withCredentials({ login: typed })) ?? {}
  const find: Find<unknown> = async () => inGoodStanding(credentials, factor)
  return { ...(account ? { account } : {}), subject: subjectNamed(typed), find }
}

function byExternalId(deps: Deps, factor: FactorId): Find<unknown> {
  return async (externalId) => {
    if (externalId === undefined) return []
    const credential = await deps.stores.credentials.byExternalId(factor, externalId)
    return credential ? inGoodStanding([credential], factor) : []
  }
}

export const inGoodStanding = (credentials: readonly Credential[], factor: FactorId): Credential[] =>
  credentials.filter((c) => c.factor === factor && !c.suspended)
