import { factorsFor } from '../composition.ts'
import { type Rule, stageOf } from '../domain/policy.ts'
import { createHasher } from '../factors/password/hash.ts'
import { expiries } from '../settings/expiry.ts'
import { folderOf, loadSettings } from '../settings/load.ts'
import type { Federation, Settings } from '../settings/types.ts'

/** Loads the configuration as a start would, and says what it amounts to now. Throws `SettingsError`. */
export function checkConfiguration(): number {
  const settings = loadSettings(process.env)
  const { live } = settings
  const when = instantIn(live.operator.zone)
  const clients = [...live.clients.values()].map(({ clientId, name }) => `${clientId} (${name})`)
  const rules = live.policy.rules.map((rule) => `${rule.name}: ${standing(rule, Date.now(), when)}`)
  console.log(`The configuration in ${folderOf(process.env)} is correct.`)
  list('issuer', [settings.issuer])
  list('database', [databaseOf(settings)])
  list('redis', [settings.redisUrl ? new URL(settings.redisUrl).host : 'none; the database takes its part'])
  list('factors', factorIds(settings))
  list('clients', clients)
  list('rules', rules)
  if (settings.bundid) list('bundid', certificates(settings.bundid, when))
  return 0
}

function certificates(federation: Federation, when: (ms: number) => string): string[] {
  const lines = expiries(federation, Date.now()).map(
    ({ certificate, until, urgent }) =>
      `${certificate} ends on ${when(until)}${urgent ? ': RENEW IT NOW' : ''}`,
  )
  return [federation.them.entityId, ...lines]
}

/** In the order in which they are offered. */
export function factorIds(settings: Settings): string[] {
  const hasher = createHasher(settings.password)
  return [
    ...factorsFor(settings, {
      hasher,
      live: () => settings.live,
      once: async () => false,
      now: Date.now,
    }).keys(),
  ]
}

function list(title: string, entries: readonly string[]): void {
  const [first = 'none', ...rest] = entries
  console.log([`${title.padEnd(10)}${first}`, ...rest.map((entry) => ' '.repeat(10) + entry)].join('\n'))
}

/** Without user name and password. */
function databaseOf({ database }: Settings): string {
  if ('folder' in database) return `embedded, in ${database.folder} (not for production)`
  const { host, pathname } = new URL(database.url)
  return `PostgreSQL, ${host}${pathname}`
}

const WORDS = { announce: 'announced', prompt: 'set-up offered', require: 'required' } as const
const STAGES = ['announce', 'prompt', 'require'] as const

/** The stage a rule is in, and what is still to come. */
function standing(rule: Rule, now: number, when: (ms: number) => string): string {
  const stage = stageOf(rule, now)
  const begun = stage === 'before' ? 'not begun' : `${WORDS[stage]} since ${when(rule[stage] ?? now)}`
  const coming = STAGES.slice(stage === 'before' ? 0 : STAGES.indexOf(stage) + 1).flatMap((name) => {
    const at = rule[name]
    return at === undefined ? [] : [`${WORDS[name]} from ${when(at)}`]
  })
  return [begun, ...coming].join(', ')
}

function instantIn(timeZone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone })
  return (ms) => `${format.format(ms)} (${timeZone})`
}
