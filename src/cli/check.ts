import { plannable } from '../composition.ts'
import { accept } from '../settings/accept.ts'
import { expiries } from '../settings/expiry.ts'
import { folderOf, loadSettings } from '../settings/load.ts'
import type { Federation, Settings } from '../settings/types.ts'
import { warningsOf } from './clients/show.ts'
import { instantIn, standing } from './policy/words.ts'

/** Loads the configuration as a start would, and says what it amounts to now. Throws `SettingsError`. */
export function checkConfiguration(): number {
  const settings = loadSettings(process.env)
  const { live } = settings
  mustBeAccepted(settings)
  const when = instantIn(live.operator.zone)
  const clients = [...live.clients.values()].map(({ clientId, name }) => `${clientId} (${name})`)
  const rules = live.policy.rules.map((rule) => `${rule.name}: ${standing(rule, Date.now(), when)}`)
  console.log(`The configuration in ${folderOf(process.env)} is correct.`)
  list('issuer', [settings.issuer])
  list('database', [databaseOf(settings)])
  list('redis', [settings.redisUrl ? new URL(settings.redisUrl).host : 'none; the database takes its part'])
  const { auditMonths } = settings
  list('audit', [auditMonths === undefined ? 'kept for ever' : `kept for ${auditMonths} whole months`])
  list('factors', factorIds(settings))
  list('clients', clients)
  list('rules', rules)
  for (const [id, federation] of Object.entries(settings.identityProviders))
    list('saml', certificates(id, federation, when))
  for (const client of live.clients.values()) for (const line of warningsOf(client)) console.log(line)
  return 0
}

function certificates(id: string, federation: Federation, when: (ms: number) => string): string[] {
  const lines = expiries({ [id]: federation }, Date.now()).map(
    ({ certificate, until, urgent }) =>
      `${certificate} ends on ${when(until)}${urgent ? ': RENEW IT NOW' : ''}`,
  )
  return [`${id}: ${federation.them.entityId}`, ...lines]
}

/** Throws `SettingsError` where a start would. */
export function mustBeAccepted(settings: Settings): void {
  const { live, session } = settings
  const factors = plannable(settings)
  accept(live, { factors, sessionAbsolute: session.absolute, now: Date.now() })
}

/** In the order in which they are offered. */
export const factorIds = (settings: Settings): string[] => plannable(settings).map((factor) => factor.id)

export function list(title: string, entries: readonly string[]): void {
  const [first = 'none', ...rest] = entries
  console.log([`${title.padEnd(10)}${first}`, ...rest.map((entry) => ' '.repeat(10) + entry)].join('\n'))
}

/** Without user name and password. */
function databaseOf({ database }: Settings): string {
  if ('folder' in database) return `embedded, in ${database.folder} (not for production)`
  const { host, pathname } = new URL(database.url)
  return `PostgreSQL, ${host}${pathname}`
}
