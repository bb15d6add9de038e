import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { eachServer } from '../domain/server-url.ts'
import { codeOf, type Findings } from './findings.ts'
import { isNetwork } from './schema-entry.ts'
import { isLoopback } from './schema-parts.ts'
import { type Env, variable } from './secrets.ts'
import type { Settings } from './types.ts'

const FILE = 'environment'

type RingKey = Settings['keyRing'][number]

export type Environment = Pick<
  Settings,
  | 'issuer'
  | 'port'
  | 'host'
  | 'workers'
  | 'drainSeconds'
  | 'database'
  | 'redisUrl'
  | 'keyRing'
  | 'trustedProxies'
  | 'logLevel'
  | 'metricsToken'
  | 'tracesTo'
>

/** What the environment says, each secret also as `NAME_FILE`. */
export function readEnvironment(env: Env, findings: Findings): Environment {
  const databaseUrl = variable(env, 'DATABASE_URL', findings)
  const redisUrl = variable(env, 'REDIS_URL', findings)
  const data = env.PFORTE_DATA || './data'
  const metricsToken = tokenOf(variable(env, 'PFORTE_METRICS_TOKEN', findings), findings)
  const tracesTo = env.OTEL_EXPORTER_OTLP_ENDPOINT || undefined
  checkUrl(tracesTo, 'OTEL_EXPORTER_OTLP_ENDPOINT', ['http:', 'https:'], findings)
  checkUrl(databaseUrl, 'DATABASE_URL', ['postgres:', 'postgresql:'], findings)
  const redis = ['redis', 'rediss'].flatMap((scheme) =>
    ['', '+cluster', '+sentinel'].map((way) => `${scheme}${way}:`),
  )
  checkUrl(redisUrl, 'REDIS_URL', redis, findings)
  checkSentinel(redisUrl, findings)
  const port = portOf(env.PORT || '3000', findings)
  return {
    issuer: issuerOf(env.PFORTE_ISSUER || `http://localhost:${port}`, findings),
    port,
    host: hostOf(env.HOST || '0.0.0.0', findings),
    workers: workersOf(env.PFORTE_WORKERS || '1', databaseUrl === undefined, findings),
    drainSeconds: drainOf(env.PFORTE_DRAIN_SECONDS || '5', findings),
    database: databaseUrl ? { url: databaseUrl } : { folder: join(data, 'db') },
    ...(redisUrl ? { redisUrl } : {}),
    keyRing: keyRingOf(variable(env, 'PFORTE_KEY_RING', findings), databaseUrl === undefined, data, findings),
    trustedProxies: proxiesOf(env.TRUSTED_PROXIES ?? '', findings),
    logLevel: logLevelOf(env.LOG_LEVEL || 'info', findings),
    ...(metricsToken ? { metricsToken } : {}),
    ...(tracesTo ? { tracesTo } : {}),
  }
}

function portOf(written: string, findings: Findings): number {
  const port = Number(written)
  if (/^\d{1,5}$/.test(written) && port < 65_536) return port
  findings.add(FILE, 'PORT', `"${written}" is not a port`, 'Use a whole number from 1 to 65535.')
  return 0
}

function workersOf(written: string, embedded: boolean, findings: Findings): number {
  const count = Number(written)
  const wrong = (reason: string, fix: string) => findings.add(FILE, 'PFORTE_WORKERS', reason, fix)
  if (!/^\d{1,3}$/.test(written) || count < 1 || count > 128)
    wrong(`"${written}" is not a number of processes`, 'Use the number of cores, from 1 to 128.')
  else if (count > 1 && embedded)
    wrong(
      'is more than 1, and the embedded database is for one process',
      'Set DATABASE_URL, or leave it out.',
    )
  return count
}

function drainOf(written: string, findings: Findings): number {
  if (/^\d{1,3}$/.test(written) && Number(written) <= 300) return Number(written)
  const fix = 'Use whole seconds from 0 to 300: as long as the load balancer takes to see it.'
  findings.add(FILE, 'PFORTE_DRAIN_SECONDS', `"${written}" is no number of seconds`, fix)
  return 0
}

function hostOf(written: string, findings: Findings): string {
  if (isIP(written) === 0 && written !== 'localhost')
    findings.add(
      FILE,
      'HOST',
      `"${written}" is not an address to listen at`,
      'Use an IP address, for example 0.0.0.0.',
    )
  return written
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

function logLevelOf(written: string, findings: Findings): string {
  if (!LOG_LEVELS.includes(written))
    findings.add(
      FILE,
      'LOG_LEVEL',
      `"${written}" is not a log level`,
      `Use one of: ${LOG_LEVELS.join(', ')}.`,
    )
  return written
}

function tokenOf(written: string | undefined, findings: Findings): string | undefined {
  if (written === undefined || /^[\w.~+/-]{32,}=*$/.test(written)) return written
  const fix = 'Use 32 characters or more: letters, digits and -._~+/, for example from openssl rand -hex 32.'
  return findings.add(FILE, 'PFORTE_METRICS_TOKEN', 'is too short, or no bearer token', fix)
}

function issuerOf(written: string, findings: Findings): string {
  const url = URL.parse(written)
  const wrong = (reason: string, fix: string) => findings.add(FILE, 'PFORTE_ISSUER', reason, fix)
  if (!url || !['https:', 'http:'].includes(url.protocol))
    wrong('is not an https address', 'Use https://host.')
  else if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    wrong('uses http on a public host', 'Use https. Plain http is accepted for localhost only.')
  } else if (url.href !== `${url.origin}/`) {
    wrong('has more than scheme, host and port', `Use ${url.origin}.`)
  }
  return url?.origin ?? written
}

function checkUrl(written: string | undefined, name: string, schemes: string[], findings: Findings): void {
  if (written === undefined) return
  if (eachServer(written).every((one) => schemes.includes(URL.parse(one)?.protocol ?? ''))) return
  findings.add(
    FILE,
    name,
    `is not an address that begins with ${schemes.join('// or ')}//`,
    'Correct the address.',
  )
}

function checkSentinel(written: string | undefined, findings: Findings): void {
  if (!/^rediss?(\+sentinel)?:/.test(written ?? '')) return
  const [one = '', another] = eachServer(written ?? '')
  const sentinel = /^rediss?\+sentinel:/.test(one)
  const wrong = (reason: string, fix: string) => findings.add(FILE, 'REDIS_URL', reason, fix)
  if (sentinel && !/^\/[^/]+$/.test(URL.parse(one)?.pathname ?? ''))
    wrong('does not name the master', 'End it with /name, as the sentinels know it.')
  if (!sentinel && another)
    wrong('names several servers', 'Begin it with redis+cluster:// or redis+sentinel://.')
}

function proxiesOf(written: string, findings: Findings): string[] {
  const ranges = written
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
  for (const range of ranges) {
    if (!isNetwork(range)) {
      const fix = 'Use addresses or CIDR blocks, separated by commas.'
      findings.add(FILE, 'TRUSTED_PROXIES', `"${range}" is not an address`, fix)
    }
  }
  return ranges
}

const RECIPE = `node -e "console.log('k1:'+require('crypto').randomBytes(32).toString('base64'))"`

function keyRingOf(written: string | undefined, embedded: boolean, data: string, findings: Findings) {
  const ring = written ?? (embedded ? ownKeyRing(data, findings) : undefined)
  if (ring === undefined) {
    const reason = 'is missing; what is secret in the database is sealed with it'
    if (!embedded) findings.add(FILE, 'PFORTE_KEY_RING', reason, `Make one and keep it safe: ${RECIPE}`)
    return []
  }
  const keys = ring.split(',').flatMap((entry) => keyOf(entry.trim()) ?? [])
  const wrong = (reason: string, fix: string) => findings.add(FILE, 'PFORTE_KEY_RING', reason, fix)
  if (keys.length < ring.split(',').length)
    wrong('has an entry that is not id:base64 of 32 bytes', `Make one: ${RECIPE}`)
  if (new Set(keys.map(({ id }) => id)).size < keys.length)
    wrong('names two keys alike', 'Give each key an id of its own.')
  return keys
}

function keyOf(entry: string): RingKey | undefined {
  const [, id, encoded] = /^([a-z0-9-]{1,20}):([A-Za-z0-9+/]{43}=?)$/i.exec(entry) ?? []
  return id && encoded ? { id, key: Buffer.from(encoded, 'base64') } : undefined
}

/** The embedded database keeps its key beside, not in, its folder: made once, readable by its owner alone. */
function ownKeyRing(data: string, findings: Findings): string | undefined {
  const file = join(data, 'key-ring')
  try {
    if (!existsSync(file)) {
      mkdirSync(data, { recursive: true, mode: 0o700 })
      writeFileSync(file, `k1:${randomBytes(32).toString('base64')}`, { mode: 0o600, flag: 'wx' })
    }
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    const reason = `its key cannot be kept in ${file} (${codeOf(error)})`
    return findings.add(FILE, 'PFORTE_DATA', reason, 'Name a folder that this process may write to.')
  }
}
