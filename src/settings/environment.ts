import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { Findings } from './findings.ts'
import { isLoopback } from './schema.ts'
import { type Env, variable } from './secrets.ts'
import type { Settings } from './types.ts'

const FILE = 'environment'

export type Environment = Pick<
  Settings,
  'issuer' | 'port' | 'host' | 'database' | 'redisUrl' | 'keyRing' | 'trustedProxies' | 'logLevel'
>

/** What the environment says, each secret also as `NAME_FILE`. */
export function readEnvironment(env: Env, findings: Findings): Environment {
  const databaseUrl = variable(env, 'DATABASE_URL', findings)
  const redisUrl = variable(env, 'REDIS_URL', findings)
  const data = env.PFORTE_DATA || './data'
  checkUrl(databaseUrl, 'DATABASE_URL', ['postgres:', 'postgresql:'], findings)
  checkUrl(redisUrl, 'REDIS_URL', ['redis:', 'rediss:'], findings)
  const port = portOf(env.PORT ?? '3000', findings)
  return {
    issuer: issuerOf(env.PFORTE_ISSUER ?? `http://localhost:${port}`, findings),
    port,
    host: env.HOST ?? '0.0.0.0',
    database: databaseUrl ? { url: databaseUrl } : { folder: join(data, 'db') },
    ...(redisUrl ? { redisUrl } : {}),
    keyRing: keyRingOf(variable(env, 'PFORTE_KEY_RING', findings), databaseUrl === undefined, data, findings),
    trustedProxies: proxiesOf(env.TRUSTED_PROXIES ?? '', findings),
    logLevel: env.LOG_LEVEL ?? 'info',
  }
}

function portOf(written: string, findings: Findings): number {
  const port = Number(written)
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port
  findings.add(FILE, 'PORT', `"${written}" is not a port`, 'Use a whole number from 1 to 65535.')
  return 0
}

function issuerOf(written: string, findings: Findings): string {
  const url = URL.parse(written)
  const wrong = (reason: string, fix: string) => findings.add(FILE, 'PFORTE_ISSUER', reason, fix)
  if (!url || !['https:', 'http:'].includes(url.protocol))
    wrong('is not an https address', 'Use https://host.')
  else if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    wrong('uses http on a public host', 'Use https. Plain http is accepted for localhost only.')
  } else if (url.search || url.hash || url.pathname !== '/') {
    wrong('has a path, query or fragment', `Use ${url.origin}.`)
  }
  return url?.origin ?? written
}

function checkUrl(written: string | undefined, name: string, schemes: string[], findings: Findings): void {
  if (written === undefined || schemes.includes(URL.parse(written)?.protocol ?? '')) return
  findings.add(
    FILE,
    name,
    `is not an address that begins with ${schemes.join(' or ')}//`,
    'Correct the address.',
  )
}

function proxiesOf(written: string, findings: Findings): string[] {
  const ranges = written
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
  for (const range of ranges) {
    const [address = '', prefix = '0'] = range.split('/')
    if (
      isIP(address) === 0 ||
      !/^\d{1,3}$/.test(prefix) ||
      Number(prefix) > (isIP(address) === 4 ? 32 : 128)
    ) {
      const fix = 'Use addresses or CIDR blocks, separated by commas.'
      findings.add(FILE, 'TRUSTED_PROXIES', `"${range}" is not an address`, fix)
    }
  }
  return ranges
}

const RECIPE = `node -e "console.log('k1:'+require('crypto').randomBytes(32).toString('base64'))"`

function keyRingOf(written: string | undefined, embedded: boolean, data: string, findings: Findings) {
  const ring = written ?? (embedded ? ownKeyRing(data) : undefined)
  if (ring === undefined) {
    const reason = 'is missing; what is secret in the database is sealed with it'
    findings.add(FILE, 'PFORTE_KEY_RING', reason, `Make one and keep it safe: ${RECIPE}`)
    return []
  }
  return ring.split(',').flatMap((entry) => {
    const [id = '', encoded = ''] = entry.trim().split(':')
    const key = Buffer.from(encoded, 'base64')
    if (/^[a-z0-9-]{1,20}$/i.test(id) && key.length === 32) return [{ id, key }]
    findings.add(
      FILE,
      'PFORTE_KEY_RING',
      'has an entry that is not id:base64 of 32 bytes',
      `Make one: ${RECIPE}`,
    )
    return []
  })
}

/** The embedded database keeps its key beside, not in, its folder: made once, readable by its owner alone. */
function ownKeyRing(data: string): string {
  const file = join(data, 'key-ring')
  if (!existsSync(file)) {
    mkdirSync(data, { recursive: true, mode: 0o700 })
    writeFileSync(file, `k1:${randomBytes(32).toString('base64')}`, { mode: 0o600, flag: 'wx' })
  }
  return readFileSync(file, 'utf8').trim()
}
