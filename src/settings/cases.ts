import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Policy } from '../domain/policy.ts'
import type { PolicyCase } from '../domain/policy-case.ts'
import type { Findings } from './findings.ts'
import { checkFactors } from './known-factors.ts'
import { unknownAcr } from './policy.ts'
import { casesSchema } from './schema-cases.ts'
import { readYaml } from './yaml-file.ts'

export const CASES = 'policy.cases.yaml'

/** Reads what must hold of the policy; none where there is no such file. Whether it holds, `accept` says. */
export function readCases({
  folder,
  policy,
  clients,
  identityProviders,
  findings,
}: {
  folder: string
  policy: Policy | undefined
  clients: ReadonlyMap<string, unknown>
  identityProviders: readonly string[]
  findings: Findings
}): PolicyCase[] {
  const path = join(folder, CASES)
  if (!existsSync(path)) return []
  const file = readYaml(path, CASES, casesSchema, findings)
  checkFactors(file, CASES, identityProviders, findings)
  const names = new Map(policy?.levels.map((level) => [level.acr, level]))
  return (file?.cases ?? []).map(({ client, acr_values: acrValues, at, ...rest }, i): PolicyCase => {
    if (client !== undefined && !clients.has(client)) {
      const fix = 'Correct the client id, or add the file of the client.'
      findings.add(CASES, `cases[${i}].client`, `there is no clients/${client}.yaml`, fix)
    }
    const named = rest.expect.acr === undefined ? acrValues : [...acrValues, rest.expect.acr]
    for (const acr of policy ? named.filter((one) => !names.has(one)) : [])
      unknownAcr(findings, CASES, `cases[${i}]`, acr, names)
    return { ...rest, acrValues, at: Date.parse(at), ...(client === undefined ? {} : { clientId: client }) }
  })
}
