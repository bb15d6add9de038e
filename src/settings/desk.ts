import type { z } from 'zod'
import type { Desk } from '../domain/desk.ts'
import type { Findings } from './findings.ts'
import type { desk } from './schema-desk.ts'

/** The service desk; finds sites that are not registered, and officers who could make officers. */
export function readDesk(
  file: z.output<typeof desk>,
  sites: readonly { name: string }[],
  findings: Findings,
): Desk {
  for (const [i, site] of file.sites.entries())
    if (!sites.some(({ name }) => name === site)) {
      const fix = 'Add it to sites with its networks, or correct the name.'
      findings.add('pforte.yaml', `desk.sites[${i}]`, `there is no site "${site}"`, fix)
    }
  if (file.groups.includes(file.group)) {
    const fix = 'Leave it out: accounts of officers are made on the command line.'
    findings.add('pforte.yaml', 'desk.groups', 'contains the group of the officers', fix)
  }
  return {
    group: file.group,
    groups: file.groups,
    sites: file.sites,
    siteNetworkOnly: file.site_network_only,
    minutes: file.code_minutes,
    ...(file.letter_days === undefined ? {} : { letterDays: file.letter_days }),
    codesPerHour: file.codes_per_hour,
    searchesPerHour: file.searches_per_hour,
    ...file.session,
  }
}
