import { loadSettings, SettingsError } from '../../src/settings/load.ts'
import { CLIENT_FILE, testConfig } from '../support/config.ts'

const KEY = Buffer.alloc(32, 1).toString('base64')

describe('A mistake in the environment is found:', () => {
  const onServer = { DATABASE_URL: 'postgres://db.example/pforte' }
  test.each<[string, Record<string, string>, string]>([
    ['a port that is none', { PORT: '3000 ' }, 'PORT: "3000 " is not a port'],
    ['a port beyond the last', { PORT: '65536' }, 'PORT: "65536" is not a port'],
    ['a port in hexadecimal', { PORT: '0xbb8' }, 'PORT: "0xbb8" is not a port'],
    ['an address to listen at', { HOST: 'every where' }, 'HOST: "every where" is not an address'],
    ['no worker', { PFORTE_WORKERS: '0' }, 'PFORTE_WORKERS: "0" is not a number of processes'],
    [
      'several workers on the embedded database',
      { PFORTE_WORKERS: '2' },
      'PFORTE_WORKERS: is more than 1, and the embedded database is for one process',
    ],
    [
      'an endless drain',
      { PFORTE_DRAIN_SECONDS: '1h' },
      'PFORTE_DRAIN_SECONDS: "1h" is no number of seconds',
    ],
    ['a short token', { PFORTE_METRICS_TOKEN: 'short' }, 'PFORTE_METRICS_TOKEN: is too short'],
    [
      'a token that no header carries',
      { PFORTE_METRICS_TOKEN: 'ö'.repeat(40) },
      'PFORTE_METRICS_TOKEN: is too short, or no bearer token',
    ],
    [
      'an endpoint for traces without scheme',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
      'OTEL_EXPORTER_OTLP_ENDPOINT: is not an address that begins with http://',
    ],
    ['an unknown log level', { LOG_LEVEL: 'loud' }, 'LOG_LEVEL: "loud" is not a log level'],
    [
      'an issuer without scheme',
      { PFORTE_ISSUER: 'login.example' },
      'PFORTE_ISSUER: is not an https address',
    ],
    [
      'an issuer with http',
      { PFORTE_ISSUER: 'http://login.example' },
      'PFORTE_ISSUER: uses http on a public host',
    ],
    [
      'an issuer with a path',
      { PFORTE_ISSUER: 'https://login.example/a' },
      'PFORTE_ISSUER: has more than scheme, host and port',
    ],
    [
      'an issuer with credentials',
      { PFORTE_ISSUER: 'https://a:b@login.example' },
      'PFORTE_ISSUER: has more than',
    ],
    [
      'another database',
      { DATABASE_URL: 'mysql://db.example/pforte' },
      'DATABASE_URL: is not an address that begins with postgres://',
    ],
    ['a database that is no address', { DATABASE_URL: 'db.example' }, 'DATABASE_URL: is not an address'],
    [
      'a Redis that is none',
      { REDIS_URL: 'http://redis.example' },
      'REDIS_URL: is not an address that begins with redis://',
    ],
    [
      'several Redis servers of no kind',
      { REDIS_URL: 'redis://a:6379,b:6379' },
      'REDIS_URL: names several servers',
    ],
    [
      'sentinels without a master',
      { REDIS_URL: 'redis+sentinel://a:26379,b:26379' },
      'REDIS_URL: does not name the master',
    ],
    [
      'one bad server among several',
      { DATABASE_URL: 'postgres://a:5432,b:port/pforte' },
      'DATABASE_URL: is not an address that begins with postgres://',
    ],
    [
      'a value given twice',
      { ...onServer, DATABASE_URL_FILE: '/run/secrets/db' },
      'DATABASE_URL: DATABASE_URL and DATABASE_URL_FILE are both set',
    ],
    [
      'a file of a value that is not there',
      { DATABASE_URL_FILE: '/nowhere/db' },
      'DATABASE_URL_FILE: /nowhere/db cannot be read',
    ],
    ['no key ring for a server', onServer, 'PFORTE_KEY_RING: is missing'],
    ['a key that is too short', { PFORTE_KEY_RING: 'k1:c2hvcnQ=' }, 'PFORTE_KEY_RING: has an entry'],
    ['a key without name', { PFORTE_KEY_RING: KEY }, 'PFORTE_KEY_RING: has an entry'],
    ['a key with more behind it', { PFORTE_KEY_RING: `k1:${KEY}:more` }, 'PFORTE_KEY_RING: has an entry'],
    ['rubbish among the digits of a key', { PFORTE_KEY_RING: `k1:!${KEY}` }, 'PFORTE_KEY_RING: has an entry'],
    ['an empty place on the ring', { PFORTE_KEY_RING: `k1:${KEY},` }, 'PFORTE_KEY_RING: has an entry'],
    [
      'two keys of one name',
      { PFORTE_KEY_RING: `k1:${KEY},k1:${KEY}` },
      'PFORTE_KEY_RING: names two keys alike',
    ],
    [
      'a proxy by name',
      { TRUSTED_PROXIES: '10.0.0.0/8, proxy.example' },
      'TRUSTED_PROXIES: "proxy.example" is not an address',
    ],
    [
      'a range that is too long',
      { TRUSTED_PROXIES: '10.0.0.0/33' },
      'TRUSTED_PROXIES: "10.0.0.0/33" is not an address',
    ],
    [
      'a range without length',
      { TRUSTED_PROXIES: '10.0.0.0/' },
      'TRUSTED_PROXIES: "10.0.0.0/" is not an address',
    ],
    [
      'a range with two lengths',
      { TRUSTED_PROXIES: '10.0.0.0/8/9' },
      'TRUSTED_PROXIES: "10.0.0.0/8/9" is not an address',
    ],
  ])('%s', (_what, more, expected) => {
    const config = testConfig()
    Object.assign(config.env, more)
    expect(config.findings().join('\n')).toContain(`environment: ${expected}`)
  })

  test('a data folder that cannot be made', () => {
    const config = testConfig()
    config.write('data', 'a file')
    expect(config.findings().join()).toContain('environment: PFORTE_DATA: its key cannot be kept')
  })

  test('and what is set to nothing counts as not set', () => {
    const config = testConfig()
    const names = [
      'PORT',
      'HOST',
      'PFORTE_ISSUER',
      'DATABASE_URL',
      'REDIS_URL',
      'LOG_LEVEL',
      'TRUSTED_PROXIES',
    ]
    for (const name of names) config.env[name] = ''
    expect(loadSettings(config.env)).toMatchObject({ port: 3000, issuer: 'http://localhost:3000' })
  })
})

test('Every mistake is reported at once, each with file, path, reason and fix', () => {
  const config = testConfig()
  config.write('pforte.yaml', 'operator: {name: J, zone: Europe/Berlin}\nsesion: {}\n')
  config.write(
    'policy.yaml',
    'levels: [{acr: a}]\nrules: [{name: r, demand: {acr: a}, stages: {require: tomorrow}}]\n',
  )
  config.write('clients/portal.yaml', `${CLIENT_FILE}factors: [sms]\n`)
  Object.assign(config.env, { PORT: 'x', PFORTE_ISSUER: 'http://login.example' })
  const error = (() => {
    try {
      return loadSettings(config.env)
    } catch (thrown) {
      return thrown
    }
  })()
  if (!(error instanceof SettingsError)) throw new Error('expected findings')
  expect(error.findings.map(({ file, path }) => `${file} ${path}`)).toEqual([
    'environment PORT',
    'environment PFORTE_ISSUER',
    'pforte.yaml sesion',
    'policy.yaml rules[0].stages.require',
    'clients/portal.yaml factors[0]',
  ])
  for (const finding of error.findings) {
    expect(finding.reason).not.toBe('')
    expect(error.message).toContain(
      `${finding.file}: ${finding.path}: ${finding.reason}\n  fix: ${finding.fix}`,
    )
  }
  expect(error.message).toContain('fix: Did you mean "session"?')
})
