import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Findings } from './findings.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** The value of a variable, or of the file that `NAME_FILE` points to. Both at once is a mistake. */
export function variable(env: Env, name: string, findings: Findings): string | undefined {
  const [value, file] = [env[name], env[`${name}_FILE`]]
  if (value && file) {
    return findings.add('environment', name, `${name} and ${name}_FILE are both set`, 'Unset one of them.')
  }
  if (!file) return value || undefined
  return readSecret(file, () =>
    findings.add(
      'environment',
      `${name}_FILE`,
      `${file} cannot be read or is empty`,
      'Put the value into that file.',
    ),
  )
}

/** Follows `env:NAME`, which may also be given as `NAME_FILE`, or `file:path` (relative to the configuration folder). */
export function follow(reference: string, env: Env, folder: string, missing: (reason: string) => undefined) {
  const [kind, target] = [
    reference.slice(0, reference.indexOf(':')),
    reference.slice(reference.indexOf(':') + 1),
  ]
  const value = kind === 'env' ? env[target] : undefined
  const file = kind === 'env' ? env[`${target}_FILE`] : target
  if (value && file) return missing(`${target} and ${target}_FILE are both set`)
  if (!file) return value || missing(`the environment has no ${target}`)
  // A path of the environment is meant from where the process runs.
  const path = kind === 'env' ? file : resolve(folder, file)
  return readSecret(path, () => missing(`${file} cannot be read or is empty`))
}

function readSecret(path: string, missing: () => undefined): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || missing()
  } catch {
    return missing()
  }
}
