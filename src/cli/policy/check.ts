import type { Rule } from '../../domain/policy.ts'
import { loadSettings } from '../../settings/load.ts'
import { list, mustBeAccepted } from '../check.ts'
import { demanded, instantIn, standing } from './words.ts'

/** Checks the policy as a start would, and says what it demands of whom, and since when. Throws `SettingsError`. */
export function checkPolicy(): number {
  const settings = loadSettings(process.env)
  mustBeAccepted(settings)
  const { policy, cases, operator } = settings.live
  const when = instantIn(operator.zone)
  console.log(`The policy is correct; ${cases.length} cases hold.`)
  list(
    'levels',
    policy.levels.map(({ acr, requirement }) => `${acr}: ${demanded(requirement)}`),
  )
  list(
    'rules',
    policy.rules.flatMap((rule) => [
      `${rule.name}, for ${whom(rule)}: ${demanded(rule.demand)}`,
      `  ${standing(rule, Date.now(), when)}`,
    ]),
  )
  return 0
}

/** Whom a rule is for. */
export const whom = ({ groups, clients, percent }: Rule): string =>
  [
    percent === undefined ? 'all accounts' : `${percent} % of the accounts`,
    ...(groups ? [`in ${groups.join(', ')}`] : []),
    ...(clients ? [`at ${clients.join(', ')}`] : []),
  ].join(' ')
