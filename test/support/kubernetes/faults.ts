import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'

/** Names in the definitions by what a manifest calls them. */
const KINDS: Record<string, string> = {
  'apps/v1 Deployment': 'io.k8s.api.apps.v1.Deployment',
  'batch/v1 Job': 'io.k8s.api.batch.v1.Job',
  'networking.k8s.io/v1 NetworkPolicy': 'io.k8s.api.networking.v1.NetworkPolicy',
  'policy/v1 PodDisruptionBudget': 'io.k8s.api.policy.v1.PodDisruptionBudget',
  'v1 Service': 'io.k8s.api.core.v1.Service',
}

// Formats are those of numbers and dates, which the types already say.
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, validateFormats: false })
ajv.addSchema({
  $id: 'kubernetes',
  ...JSON.parse(readFileSync(join(import.meta.dirname, 'definitions.json'), 'utf8')),
})

/** What the API server of Kubernetes would not take of a manifest, each as `where: what`. */
export function faultsOf(manifest: { apiVersion?: unknown; kind?: unknown }): string[] {
  const name = KINDS[`${manifest.apiVersion} ${manifest.kind}`]
  if (!name) return [`there is no ${manifest.kind} in ${manifest.apiVersion}`]
  if (ajv.validate({ $ref: `kubernetes#/$defs/${name}` }, manifest)) return []
  return (ajv.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${instancePath}: ${message}${params.additionalProperty ? ` (${params.additionalProperty})` : ''}`,
  )
}
