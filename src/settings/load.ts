import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import type { Policy } from '../domain/policy.ts'
import { readCases } from './cases.ts'
import { readClients } from './clients.ts'
import { readDesk } from './desk.ts'
import { readEnvironment } from './environment.ts'
import { Findings, SettingsError } from './findings.ts'
import { readIdentityProviders } from './identity-providers.ts'
import { checkFactors } from './known-factors.ts'
import { readMtls } from './mtls.ts'
import { readPasskeys } from './passkeys.ts'
import { toPolicy } from './policy.ts'
import { pforteSchema } from './schema.ts'
import { policySchema } from './schema-policy.ts'
import { type Env, follow } from './secrets.ts'
import type { Live, Operator, Resource, Settings } from './types.ts'
import { readYaml } from './yaml-file.ts'

export { SettingsError } from './findings.ts'

/** The configuration folder. */
export const folderOf = (env: Env): string => env.PFORTE_CONFIG || './config'

/** Reads environment and folder. Throws `SettingsError` with every mistake found. */
export function loadSettings(env: Env): Settings {
  const findings = new Findings()
  const environment = readEnvironment(env, findings)
  const read = readFolder(env, findings)
  const source = { issuer: environment.issuer, env, folder: folderOf(env), findings }
  const identityProviders = readIdentityProviders(read?.file.identity_providers ?? {}, source)
  const mail = read?.file.mail && mailOf(read.file.mail, env, findings)
  const mtls = read?.file.mtls && readMtls(read.file.mtls, environment.trustedProxies, findings)
  if (read?.file.workplaces && environment.trustedProxies.length === 0) {
    const fix = 'Name in TRUSTED_PROXIES the addresses of the proxies.'
    findings.add('pforte.yaml', 'workplaces', 'no proxy is trusted to mark workplaces', fix)
  }
  const desk = read?.file.desk && readDesk(read.file.desk, read.file.sites, findings)
  const passkeys = read && readPasskeys(read.file.passkeys, env, folderOf(env), findings)
  if (!read || !passkeys || findings.all.length > 0) throw new SettingsError(findings.all)
  const { file, live } = read
  return {
    ...environment,
    ...(mail ? { mail } : {}),
    ...(mtls ? { mtls } : {}),
    ...(file.workplaces ? { workplaceHeader: file.workplaces.header } : {}),
    ...(desk ? { desk } : {}),
    ...(file.authorization_details ? { details: file.authorization_details } : {}),
    ...(file.client_registration ? { clientRegistration: file.client_registration } : {}),
    session: file.session,
    signingKeys: {
      every: file.signing_keys.rotate_after_days * 24 * 3_600_000,
      ahead: file.signing_keys.publish_ahead_hours * 3_600_000,
    },
    refreshTokenLifetime: file.refresh_token_lifetime,
    ...(file.audit ? { auditMonths: file.audit.keep_months } : {}),
    totpMost: file.totp.most,
    accountDeletion: {
      selfService: file.account_deletion.self_service,
      coolingOffDays: file.account_deletion.cooling_off_days,
    },
    passkeys,
    password: {
      least: file.password.min_length,
      leastAlone: file.password.min_length_alone,
      memoryKiB: file.password.memory_kib,
      passes: file.password.passes,
      parallelism: file.password.parallelism,
      queue: file.password.queue,
    },
    identityProviders,
    live,
  }
}

function mailOf({ from, smtp }: { from: string; smtp: string }, env: Env, findings: Findings) {
  const wrong = (reason: string, fix = 'Put the address of the mail server there.') =>
    findings.add('pforte.yaml', 'mail.smtp', reason, fix)
  const smtpUrl = follow(smtp, env, folderOf(env), wrong)
  if (smtpUrl === undefined) return undefined
  const { protocol = '', hostname = '' } = URL.parse(smtpUrl) ?? {}
  if (['smtp:', 'smtps:'].includes(protocol) && hostname) return { from, smtpUrl }
  return wrong('does not lead to an address of a mail server', 'Use smtps://user:password@host.')
}

/** Reads again what may change while running. Throws `SettingsError`. */
export function loadLive(env: Env): Live {
  const findings = new Findings()
  const read = readFolder(env, findings)
  if (!read || findings.all.length > 0) throw new SettingsError(findings.all)
  return read.live
}

function readFolder(env: Env, findings: Findings) {
  const folder = folderOf(env)
  const file = readYaml(join(folder, 'pforte.yaml'), 'pforte.yaml', pforteSchema, findings)
  const policyFile = readYaml(join(folder, 'policy.yaml'), 'policy.yaml', policySchema, findings)
  const policy = policyFile && toPolicy(policyFile, findings)
  const identityProviders = Object.keys(file?.identity_providers ?? {})
  checkFactors(policyFile, 'policy.yaml', identityProviders, findings)
  const resources = (file?.resources ?? []).map(toResource)
  const details = file?.authorization_details ?? {}
  const mtls = file?.mtls !== undefined
  const clients = readClients({ folder, env, policy, resources, identityProviders, details, mtls, findings })
  for (const [type, { resource }] of Object.entries(details))
    if (!resources.some(({ identifier }) => identifier === resource)) {
      const path = `authorization_details.${type}.resource`
      findings.add('pforte.yaml', path, 'is not in resources', 'Add the API there, or correct it.')
    }
  if (policy) findStrangers(policy, folder, findings)
  const cases = readCases({ folder, policy, clients, identityProviders, findings })
  if (!file || !policy) return undefined
  const operator = toOperator(file.operator, folder)
  if (operator.logo && !existsSync(operator.logo))
    findings.add('pforte.yaml', 'operator.logo', `${operator.logo} is not there`, 'Put the file there.')
  if (!file.totp.issuer && operator.name.includes(':')) {
    const reason = 'is missing; operator.name contains a colon, which apps take for the end of the name'
    findings.add('pforte.yaml', 'totp.issuer', reason, 'Give a name without a colon here.')
  }
  if (file.registration && !file.mail) {
    const fix = 'Set mail, or leave registration out: addresses are confirmed by mail.'
    findings.add('pforte.yaml', 'registration', 'needs mail', fix)
  }
  const live: Live = {
    operator,
    totpIssuer: file.totp.issuer ?? operator.name,
    policy,
    cases,
    clients,
    resources,
    sites: file.sites,
    requestLimits: file.request_limits,
    ...(file.registration ? { registration: file.registration } : {}),
    privateHosts: file.outbound.private_hosts,
  }
  return { file, live }
}

/** A rule for a client that is misspelled would protect nothing. */
function findStrangers(policy: Policy, folder: string, findings: Findings): void {
  for (const [i, { clients = [] }] of policy.rules.entries()) {
    for (const id of clients.filter((one) => !existsSync(join(folder, 'clients', `${one}.yaml`)))) {
      const fix = 'Correct the client id, or add the file of the client.'
      findings.add('policy.yaml', `rules[${i}].for.clients`, `there is no clients/${id}.yaml`, fix)
    }
  }
}

function toResource(file: z.output<typeof pforteSchema>['resources'][number]): Resource {
  const { access_token_lifetime: accessTokenLifetime, ...rest } = file
  return { ...rest, accessTokenLifetime }
}

function toOperator(file: z.output<typeof pforteSchema>['operator'], folder: string): Operator {
  const { contact_form: contactForm, ...support } = file.support
  const { plain_language: plainLanguage, sign_language: signLanguage, ...links } = file.links
  return {
    name: file.name,
    zone: file.zone,
    languages: file.languages,
    colors: file.colors,
    ...(file.logo ? { logo: join(folder, file.logo) } : {}),
    support: { ...support, ...(contactForm ? { contactForm } : {}) },
    links: {
      ...links,
      ...(plainLanguage ? { plainLanguage } : {}),
      ...(signLanguage ? { signLanguage } : {}),
    },
  }
}
