import { NOTHING } from '../../src/domain/assurance.ts'
import type { Policy, Rule } from '../../src/domain/policy.ts'

export const SFA = 'https://refeds.org/profile/sfa'
export const MFA = 'https://refeds.org/profile/mfa'
export const PHR = 'phr'

export const HIGH = 'http://bsi.bund.de/eID/LoA/hoch'
export const SUBSTANTIAL = 'http://bsi.bund.de/eID/LoA/substantiell'

const LEVELS: Policy['levels'] = [
  { acr: PHR, requirement: { ...NOTHING, distinctKinds: 2, phishingResistant: true } },
  { acr: MFA, requirement: { ...NOTHING, distinctKinds: 2 } },
  { acr: SFA, requirement: NOTHING },
]

/** MFA for everybody, in the given stages; by default it has been required for long. */
export function policyOf(stages: Pick<Rule, 'announce' | 'prompt' | 'require'>, more: Rule[] = []): Policy {
  const begun = Object.keys(stages).length > 0 ? stages : { require: 0 }
  const rule: Rule = { name: 'mfa-for-everybody', demand: { ...NOTHING, distinctKinds: 2 }, ...begun }
  return { levels: LEVELS, rules: [rule, ...more], epoch: 'test' }
}

/** The same with the names of proven identity first. */
export const withIdentity = (policy: Policy): Policy => ({
  ...policy,
  levels: [
    { acr: HIGH, requirement: { ...NOTHING, distinctKinds: 2, identity: 'high' } },
    { acr: SUBSTANTIAL, requirement: { ...NOTHING, distinctKinds: 2, identity: 'substantial' } },
    ...policy.levels,
  ],
})
