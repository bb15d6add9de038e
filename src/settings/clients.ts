import { readdirSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { join, NOTHING, type Requirement } from '../domain/assurance.ts'
import type { Policy } from '../domain/policy.ts'
import { certificateNames, contradictions, grantsOf, methodOf, type Surroundings } from './client-rules.ts'
import { codeOf, type Findings } from './findings.ts'
import { checkFactors } from './known-factors.ts'
import { levelNamed, unknownAcr } from './policy.ts'
import { profiles } from './profiles.ts'
import { type ClientFile, clientSchema } from './schema-client.ts'
import { type Env, follow } from './secrets.ts'
import type { ClientSettings, Resource } from './types.ts'
import { readYaml } from './yaml-file.ts'

export interface ReadClients {
  folder: string
  env: Env
  policy: Policy | undefined
  resources: readonly Resource[]
  /** Their names; they are factors. */
  identityProviders: readonly string[]
  details: Surroundings['details']
  /** Whether a proxy hands certificates on. */
  mtls: boolean
  findings: Findings
}

/** Reads `clients/*.yaml`, one relying party per file, named by its client_id. */
export function readClients(from: ReadClients): Map<string, ClientSettings> {
  const { folder, findings } = from
  const clients = new Map<string, ClientSettings>()
  for (const file of namesIn(joinPath(folder, 'clients'), findings)) {
    const name = `clients/${file}`
    if (file.endsWith('.yml')) {
      findings.add(name, '', 'is not read: its name ends in .yml', 'Rename it so that it ends in .yaml.')
      continue
    }
    const read = readYaml(joinPath(folder, name), name, clientSchema, findings)
    if (!read) continue
    checkFactors(read, name, from.identityProviders, findings)
    const add = (path: string, reason: string, fix: string) => findings.add(name, path, reason, fix)
    if (`${read.client_id}.yaml` !== file) {
      const fix = `Rename the file to ${read.client_id}.yaml, or correct client_id.`
      add('client_id', `"${read.client_id}" does not match the name of the file`, fix)
    }
    if (clients.has(read.client_id))
      add('client_id', `"${read.client_id}" is defined twice`, 'Give each client an id of its own.')
    for (const { path, reason, fix } of contradictions(read, from)) add(path, reason, fix)
    clients.set(read.client_id, toClient(read, name, from))
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

function toClient(file: ClientFile, path: string, from: ReadClients): ClientSettings {
  const requirement = requirementOf(file, path, from)
  return settingsOf(file, { ...secretsOf(file, path, from), ...(requirement ? { requirement } : {}) })
}

/** What a file says, with the defaults of its profile; what it refers to elsewhere is `found`. */
export function settingsOf(
  file: ClientFile,
  found: Pick<ClientSettings, 'secret' | 'nextSecret' | 'requirement'>,
): ClientSettings {
  const profile = profiles[file.profile]
  const { refresh_token_lifetime: refresh = profile.refreshToken, jwks, jwks_uri: jwksUri } = file
  const [name] = certificateNames(file)
  const keys = jwks ? { jwks } : jwksUri ? { jwksUri } : undefined
  return {
    clientId: file.client_id,
    name: file.name,
    profile: file.profile,
    redirectUris: file.redirect_uris,
    postLogoutRedirectUris: file.post_logout_redirect_uris,
    authMethod: methodOf(file),
    grantTypes: [...grantsOf(file)],
    scope: file.scope,
    resources: file.resources,
    idTokenAlg: file.id_token_signed_response_alg,
    pkce: file.pkce,
    pushedRequests: file.require_pushed_authorization_requests ?? profile.hardened,
    signedRequests: file.require_signed_request_object || file.message_signing === true,
    dpop:
      file.dpop_bound_access_tokens ?? (profile.hardened && !file.tls_client_certificate_bound_access_tokens),
    pairwise: file.subject_type === 'pairwise',
    accessTokenLifetime: file.access_token_lifetime ?? profile.accessToken,
    firstParty: file.first_party,
    breadcrumb: file.breadcrumb,
    ...(Number.isFinite(refresh) ? { refreshTokenLifetime: refresh } : {}),
    ...(name ? { certificateName: name } : {}),
    ...(file.tls_client_certificate_bound_access_tokens ? { certificateBound: true } : {}),
    ...(file.authorization_details_types ? { details: file.authorization_details_types } : {}),
    ...(file.token_exchange_from ? { exchanges: file.token_exchange_from } : {}),
    ...(file.message_signing ? { signedAnswers: true } : {}),
    ...(file.claims ? { claims: file.claims } : {}),
    ...found,
    ...(keys ? { keys } : {}),
    ...(file.verified_claims ? { verifiedClaims: file.verified_claims } : {}),
    ...(file.purpose ? { purpose: file.purpose } : {}),
    ...(file.initiate_login_uri ? { initiateLoginUri: file.initiate_login_uri } : {}),
    ...(file.backchannel_logout_uri ? { backchannelLogoutUri: file.backchannel_logout_uri } : {}),
    ...(file.default_acr_values ? { defaultAcrValues: file.default_acr_values } : {}),
    ...(file.default_max_age ? { defaultMaxAge: file.default_max_age } : {}),
  }
}

function secretsOf(file: ClientFile, name: string, { folder, env, findings }: ReadClients) {
  const method = methodOf(file)
  const read = (key: 'client_secret' | 'client_secret_next'): string | undefined => {
    const reference = file[key]
    if (!reference) return undefined
    return follow(reference, env, folder, (reason) =>
      findings.add(name, key, reason, `Provide the secret at ${reference}.`),
    )
  }
  if (!method.startsWith('client_secret_')) {
    for (const key of ['client_secret', 'client_secret_next'] as const) {
      const fix = 'Remove it, or set token_endpoint_auth_method: client_secret_basic.'
      if (file[key]) findings.add(name, key, `is not used where token_endpoint_auth_method is ${method}`, fix)
    }
    return {}
  }
  if (!file.client_secret) {
    const fix = 'Add client_secret: env:NAME or file:path, or set another token_endpoint_auth_method.'
    findings.add(name, 'client_secret', `is missing, but ${method} needs it`, fix)
  }
  const [secret, nextSecret] = [read('client_secret'), read('client_secret_next')]
  return { ...(secret ? { secret } : {}), ...(nextSecret ? { nextSecret } : {}) }
}

function requirementOf(
  file: ClientFile,
  name: string,
  { policy, findings }: ReadClients,
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
