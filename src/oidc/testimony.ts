import { join, type Level, NOTHING, type Proof, satisfies } from '../domain/assurance.ts'
import type { FactorId, Strength } from '../domain/factor.ts'
import { ask, type Subject } from '../domain/policy.ts'
import type { Deps, Relying } from '../journey/deps.ts'

/** What a code or refresh token carries of the login behind it. `authTime` in seconds. */
export interface Testimony {
  acr?: string | undefined
  amr?: string[] | undefined
  authTime?: number | undefined
}

/**
 * Whether a token that was given out earlier still meets what is demanded today of this account at this client:
 * a policy that was tightened meanwhile binds living refresh tokens too. Fails closed: what the token does not
 * say was not proven.
 */
export function stillHolds(deps: Deps, client: Relying, who: Subject, token: Testimony): boolean {
  const now = deps.now()
  const policy = deps.policy()
  const demand = join(ask(policy, who, client.clientId, now).required, client.requirement ?? NOTHING)
  const level = policy.levels.find((l) => l.acr === token.acr)
  const proofs = [...deps.factors.values()].flatMap(({ id, yields, alternatives = [] }) =>
    [yields, ...alternatives].flatMap((strength) => proofOf(id, strength, token, level)),
  )
  return satisfies(proofs, demand, { now })
}

/** A factor is taken as proven where all amr values are there; identity only as far as the acr vouches. */
function proofOf(factor: FactorId, strength: Strength, token: Testimony, level: Level | undefined): Proof[] {
  if (!strength.amr.every((value) => token.amr?.includes(value))) return []
  const identity = level?.requirement.identity ?? 'none'
  return [
    {
      factor,
      credentialId: factor,
      at: (token.authTime ?? 0) * 1000,
      strength: { ...strength, identity },
    },
  ]
}
