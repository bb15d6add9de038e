import { closed, gap, permits, type Requirement, strengths } from '../domain/assurance.ts'
import type { Offerable } from '../domain/decide.ts'
import { type Policy, type Rule, STAGES, stageOf } from '../domain/policy.ts'
import { differences, stepIn } from '../domain/policy-case.ts'
import { CASES } from './cases.ts'
import { Findings, SettingsError } from './findings.ts'
import type { Live } from './types.ts'

/** What is known of the provider that is to take a configuration over. */
export interface Taker {
  factors: readonly Offerable[]
  /** Seconds. */
  sessionAbsolute: number
  now: number
  /** The policy in force; absent at the start. */
  inForce?: Policy
}

/**
 * Refuses what each file for itself may say but this provider cannot take over: demands that none of its factors can
 * meet, a policy that fails its own cases, a pause that would take back what applies, a brake released ahead. Throws `SettingsError`.
 */
export function accept(next: Live, taker: Taker): void {
  const findings = new Findings()
  mustBeReachable(next, taker, findings)
  mustNotLoosen(next.policy, taker, findings)
  mustNotReleaseAhead(next.policy, taker, findings)
  if (findings.all.length === 0) mustPassItsCases(next, taker, findings)
  if (findings.all.length > 0) throw new SettingsError(findings.all)
}

function mustBeReachable({ policy, clients }: Live, { factors }: Taker, findings: Findings): void {
  const reachable = (requirement: Requirement): boolean => {
    const able = factors.filter((f) => permits(requirement, f.id)).map((f) => ({ strength: f.yields }))
    return able.length > 0 && closed(gap(strengths(able), requirement))
  }
  const reason = 'cannot be met by any of the factors there are here: nobody could sign in'
  const fix = `Lower the demand, permit more factors, or set one up. Here there are: ${factors.map((f) => f.id).join(', ')}.`
  for (const [i, rule] of policy.rules.entries())
    if (!reachable(rule.demand)) findings.add('policy.yaml', `rules[${i}].demand`, reason, fix)
  for (const { clientId, requirement } of clients.values())
    if (requirement && !reachable(requirement))
      findings.add(`clients/${clientId}.yaml`, 'min_acr', reason, fix)
}

/** A pause holds what is to come. What applies already is taken back by changing the stages, and by nothing else. */
function mustNotLoosen(next: Policy, { inForce, now }: Taker, findings: Findings): void {
  const rank = (rule: Rule): number => STAGES.indexOf(stageOf(rule, now))
  for (const [i, rule] of next.rules.entries()) {
    const before = inForce?.rules.find(({ name }) => name === rule.name)
    const { pause: _, ...running } = rule
    if (!before || rank(rule) >= Math.min(rank(before), rank(running))) continue
    const fix = 'Let the pause begin now or later, or change the stages if it is meant to end.'
    findings.add('policy.yaml', `rules[${i}].pause`, 'lies before the beginning of a stage that applies', fix)
  }
}

/** Only what has happened can have been looked at. */
function mustNotReleaseAhead({ rules }: Policy, { now }: Taker, findings: Findings): void {
  for (const [i, { brake }] of rules.entries())
    if (brake?.released !== undefined && brake.released > now)
      findings.add('policy.yaml', `rules[${i}].brake.released`, 'lies ahead', 'Write the present time there.')
}

function mustPassItsCases({ policy, clients, cases }: Live, taker: Taker, findings: Findings): void {
  for (const [i, one] of cases.entries()) {
    const client = clients.get(one.clientId ?? '') ?? { clientId: '' }
    const differing = differences(stepIn(one, policy, client, taker.factors, taker.sessionAbsolute), one)
    if (differing.length > 0) {
      const fix = 'Correct the policy; or the case, if this is what you want.'
      findings.add(CASES, `cases[${i}]`, `"${one.name}" fails: ${differing.join('; ')}`, fix)
    }
  }
}
