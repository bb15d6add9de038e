import { X509Certificate } from 'node:crypto'
import type { z } from 'zod'
import type { Findings } from './findings.ts'
import { certificatesIn } from './pem.ts'
import type { passkeys } from './schema-passkeys.ts'
import { type Env, follow } from './secrets.ts'
import type { Settings } from './types.ts'

type Written = z.output<typeof passkeys>

/** Reads what the `passkeys` block names: the roots of the models that alone are allowed. */
export function readPasskeys(
  { related_origins: relatedOrigins, unicode_names: unicodeNames, models }: Written,
  env: Env,
  folder: string,
  findings: Findings,
): Settings['passkeys'] {
  const allowed = models?.allowed.map(({ aaguid, roots }, n) => ({
    aaguid,
    roots: readRoots(roots, `passkeys.models.allowed[${n}].roots`, env, folder, findings),
  }))
  const { groups } = models ?? {}
  return {
    relatedOrigins,
    unicodeNames,
    ...(allowed ? { models: { allowed, ...(groups ? { groups } : {}) } } : {}),
  }
}

function readRoots(
  reference: string,
  path: string,
  env: Env,
  folder: string,
  findings: Findings,
): X509Certificate[] {
  const wrong = (reason: string) =>
    findings.add('pforte.yaml', path, reason, "Put the maker's root certificates into it, as PEM.")
  const pem = follow(reference, env, folder, wrong)
  if (pem === undefined) return []
  try {
    const found = certificatesIn(pem)
    if (found.length === 0) wrong('holds no certificate')
    return found.map((one) => new X509Certificate(one))
  } catch {
    wrong('holds a certificate that cannot be read')
    return []
  }
}
