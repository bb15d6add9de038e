import { type Brake, heldFrom, type Pull } from '../../domain/brake.ts'
import type { Rule } from '../../domain/policy.ts'
import { loadSettings } from '../../settings/load.ts'
import { list, mustBeAccepted } from '../check.ts'
import { readPulls } from './pulls.ts'
import { demanded, instantIn, standing } from './words.ts'

/** Checks the policy as a start would, and says what it demands of whom, and since when. Throws `SettingsError`. */
export async function checkPolicy(): Promise<number> {
  const settings = loadSettings(process.env)
  mustBeAccepted(settings)
  const { policy, cases, operator } = settings.live
  const when = instantIn(operator.zone)
  const { pulls, problem } = await readPulls(policy)
  console.log(`The policy is correct; ${cases.length} cases hold.`)
  list(
    'levels',
    policy.levels.map(({ acr, requirement }) => `${acr}: ${demanded(requirement)}`),
  )
  list(
    'rules',
    policy.rules.flatMap((rule) => [
      `${rule.name}, for ${whom(rule)}: ${demanded(rule.demand)}`,
      `  ${standing(rule, Date.now(), when, pulls)}`,
      ...(rule.brake ? [`  brake: ${braking(rule, rule.brake, pulls, when)}`] : []),
    ]),
  )
  if (problem) console.log(`It cannot be read whether a brake is pulled. ${problem}`)
  return 0
}

function braking(rule: Rule, brake: Brake, pulls: readonly Pull[], when: (ms: number) => string): string {
  const of = (brake.watch ?? [rule.name]).join(', ')
  const limit = `more than ${100 * brake.failureShare} % stuck of at least ${brake.atLeast} in ${of}`
  const from = heldFrom(rule, pulls)
  return from === Infinity ? limit : `${limit}; PULLED, holds what would begin after ${when(from)}`
}

/** Whom a rule is for. */
export const whom = ({ groups, clients, percent }: Rule): string =>
  [
    percent === undefined ? 'all accounts' : `${percent} % of the accounts`,
    ...(groups ? [`in ${groups.join(', ')}`] : []),
    ...(clients ? [`at ${clients.join(', ')}`] : []),
  ].join(' ')
