import { readdirSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import type { z } from 'zod'
import { join, NOTHING, type Requirement } from '../domain/assurance.ts'
import type { Policy } from '../domain/policy.ts'
import { codeOf, type Findings } from './findings.ts'
import { levelNamed, unknownAcr } from './policy.ts'
import { clientSchema } from './schema.ts'
import { type Env, follow } from './secrets.ts'
import type { ClientSettings } from './types.ts'
import { readYaml } from './yaml-file.ts'

type ClientFile = z.output<typeof clientSchema>

/** Reads `clients/*.yaml`, one relying party per file, named by its client_id. */
export function readClients(folder: string, env: Env, policy: Policy | undefined, findings: Findings) {
  const clients = new Map<string, ClientSettings>()
  for (const file of namesIn(joinPath(folder, 'clients'), findings)) {
    const name = `clients/${file}`
    if (file.endsWith('.yml')) {
      findings.add(name, '', 'is not read: its name ends in .yml', 'Rename it so that it ends in .yaml.')
      continue
    }
    const read = readYaml(joinPath(folder, name), name, clientSchema, findings)
    if (!read) continue
    if (`${read.client_id}.yaml` !== file) {
      const fix = `Rename the file to ${read.client_id}.yaml, or correct client_id.`
      findings.add(name, 'client_id', `"${read.client_id}" does not match the name of the file`, fix)
    }
    if (clients.has(read.client_id)) {
      findings.add(
        name,
        'client_id',
        `"${read.client_id}" is defined twice`,
        'Give each client an id of its own.',
      )
    }
    clients.set(read.client_id, toClient(read, name, folder, env, policy, findings))
  }
  return clients
}

/** Hidden files are editors' and Kubernetes' own. A folder that is not there holds no clients. */
function namesIn(folder: string, findings: Findings): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => /^[^.].*\.ya?ml$/.test(file))
      .sort()
  } catch (error) {
    const code = codeOf(error)
    if (code !== 'ENOENT')
      findings.add('clients', '', `cannot be read (${code})`, `Make ${folder} a readable folder.`)
    return []
  }
}

function toClient(
  file: ClientFile,
  name: string,
  folder: string,
  env: Env,
  policy: Policy | undefined,
  findings: Findings,
): ClientSettings {
  const secret = secretOf(file, name, folder, env, findings)
  if (file.grant_types.includes('authorization_code') && file.redirect_uris.length === 0) {
    findings.add(
      name,
      'redirect_uris',
      'is empty',
      'List the exact addresses the application is returned to.',
    )
  }
  const requirement = requirementOf(file, name, policy, findings)
  return {
    clientId: file.client_id,
    name: file.name,
    redirectUris: file.redirect_uris,
    postLogoutRedirectUris: file.post_logout_redirect_uris,
    authMethod: file.token_endpoint_auth_method,
    grantTypes: file.grant_types,
    scope: file.scope,
    idTokenAlg: file.id_token_signed_response_alg,
    breadcrumb: file.breadcrumb,
    ...(secret ? { secret } : {}),
    ...(requirement ? { requirement } : {}),
    ...(file.initiate_login_uri ? { initiateLoginUri: file.initiate_login_uri } : {}),
    ...(file.default_acr_values ? { defaultAcrValues: file.default_acr_values } : {}),
    ...(file.default_max_age ? { defaultMaxAge: file.default_max_age } : {}),
  }
}

function secretOf(
  file: ClientFile,
  name: string,
  folder: string,
  env: Env,
  findings: Findings,
): string | undefined {
  const { client_secret: reference, token_endpoint_auth_method: method } = file
  if (method === 'none') {
    if (file.grant_types.includes('client_credentials')) {
      findings.add(name, 'grant_types', 'client_credentials needs a secret', 'Give the client a secret.')
    }
    if (reference) {
      const fix = 'Remove client_secret, or set token_endpoint_auth_method: client_secret_basic.'
      findings.add(name, 'client_secret', 'is not used where token_endpoint_auth_method is none', fix)
    }
    return undefined
  }
  if (!reference) {
    const fix = 'Add client_secret: env:NAME or file:path, or set token_endpoint_auth_method: none.'
    return findings.add(name, 'client_secret', `is missing, but ${method} needs it`, fix)
  }
  return follow(reference, env, folder, (reason) =>
    findings.add(name, 'client_secret', reason, `Provide the secret at ${reference}.`),
  )
}

function requirementOf(
  file: ClientFile,
  name: string,
  policy: Policy | undefined,
  findings: Findings,
): Requirement | undefined {
  if (!policy) return undefined
  const names = new Map(policy.levels.map((level) => [level.acr, level]))
  const asked = [file.min_acr, ...(file.default_acr_values ?? [])].filter((acr) => acr !== undefined)
  for (const acr of asked.filter((one) => !names.has(one))) {
    unknownAcr(findings, name, acr === file.min_acr ? 'min_acr' : 'default_acr_values', acr, names)
  }
  const floor = file.min_acr === undefined ? undefined : levelNamed(policy, file.min_acr)
  const permitted: Requirement | undefined = file.factors && { ...NOTHING, permitted: file.factors }
  return floor && permitted ? join(floor, permitted) : (floor ?? permitted)
}
