import type { Findings } from './findings.ts'

const ALWAYS = ['password', 'totp', 'webauthn', 'recovery-codes', 'bundid']
/** Keys whose values name factors, in whatever file. */
const KEYS = ['factors', 'suspended', 'proven', 'offer']

/** Says where a checked file names a factor that is neither built in nor an identity provider of pforte.yaml. */
export function checkFactors(
  value: unknown,
  file: string,
  identityProviders: readonly string[],
  findings: Findings,
  path = '',
): void {
  if (typeof value !== 'object' || value === null) return
  const known = [...new Set([...ALWAYS, ...identityProviders])]
  for (const [key, inner] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key
    if (!KEYS.includes(key) || !Array.isArray(inner)) {
      checkFactors(inner, file, identityProviders, findings, at)
      continue
    }
    for (const [n, factor] of inner.entries())
      if (!known.includes(factor))
        findings.add(file, `${at}[${n}]`, 'is not a known value', `Use one of: ${known.join(', ')}.`)
  }
}
