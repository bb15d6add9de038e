import type { z } from 'zod'
import type { Findings } from './findings.ts'
import type { mtls } from './schema-mtls.ts'
import type { Settings } from './types.ts'

/** How certificates reach us. Whoever may write the headers may be any application: `trustedProxies` must be few. */
export function readMtls(
  { certificate_header: certificate, verified_header: verified, origin }: z.output<typeof mtls>,
  trustedProxies: readonly string[],
  findings: Findings,
): NonNullable<Settings['mtls']> {
  const fix = 'Name in TRUSTED_PROXIES the addresses of the proxies, and no others.'
  const wrong = (reason: string) => findings.add('pforte.yaml', 'mtls', reason, fix)
  if (trustedProxies.length === 0) wrong('no proxy is trusted to hand certificates on')
  if (trustedProxies.some((range) => range.endsWith('/0')))
    wrong('everybody is trusted to hand certificates on')
  return { headers: { certificate, verified }, ...(origin ? { origin: new URL(origin).origin } : {}) }
}
