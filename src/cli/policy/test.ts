import { plannable } from '../../composition.ts'
import { differences, stepIn } from '../../domain/policy-case.ts'
import { CASES } from '../../settings/cases.ts'
import { loadSettings } from '../../settings/load.ts'

/** Runs each case beside the policy and says which hold. 1 where one fails, or where there are none. */
export function testPolicy(): number {
  const settings = loadSettings(process.env)
  const { cases, policy, clients } = settings.live
  const factors = plannable(settings)
  let failed = 0
  for (const one of cases) {
    const client = clients.get(one.clientId ?? '') ?? { clientId: '' }
    const differing = differences(stepIn(one, policy, client, factors, settings.session.absolute), one)
    if (differing.length > 0) failed++
    console.log(differing.length === 0 ? `holds  ${one.name}` : `FAILS  ${one.name}: ${differing.join('; ')}`)
  }
  console.log(
    cases.length === 0
      ? `There are no cases. Write them into ${CASES}.`
      : `${cases.length} cases, ${failed} failed.`,
  )
  return failed > 0 || cases.length === 0 ? 1 : 0
}
