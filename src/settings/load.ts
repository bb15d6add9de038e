import { join } from 'node:path'
import type { z } from 'zod'
import { readBundid } from './bundid.ts'
import { readClients } from './clients.ts'
import { readEnvironment } from './environment.ts'
import { Findings, SettingsError } from './findings.ts'
import { toPolicy } from './policy.ts'
import { pforteSchema, policySchema } from './schema.ts'
import type { Env } from './secrets.ts'
import type { Live, Operator, Settings } from './types.ts'
import { readYaml } from './yaml-file.ts'

export { SettingsError } from './findings.ts'

/** The configuration folder. */
export const folderOf = (env: Env): string => env.PFORTE_CONFIG || './config'

/** Reads environment and folder. Throws `SettingsError` with every mistake found. */
export function loadSettings(env: Env): Settings {
  const findings = new Findings()
  const environment = readEnvironment(env, findings)
  const read = readFolder(env, findings)
  const written = read?.file.bundid
  const bundid = written && readBundid(written, environment.issuer, env, folderOf(env), findings)
  if (!read || findings.all.length > 0) throw new SettingsError(findings.all)
  const { file, live } = read
  return {
    ...environment,
    session: file.session,
    refreshTokenLifetime: file.refresh_token_lifetime,
    password: {
      memoryKiB: file.password.memory_kib,
      passes: file.password.passes,
      parallelism: file.password.parallelism,
      queue: file.password.queue,
    },
    ...(bundid ? { bundid } : {}),
    live,
  }
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
  const clients = readClients(folder, env, policy, findings)
  if (!file || !policy) return undefined
  const operator = toOperator(file.operator, folder)
  const live: Live = { operator, totpIssuer: file.totp.issuer ?? operator.name, policy, clients }
  return { file, live }
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
