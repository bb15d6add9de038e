import { execFileSync } from 'node:child_process'
import { environmentOf, withStores } from '../support/admin.ts'
import { certificateOffice } from '../support/certificates.ts'
import { testConfig } from '../support/config.ts'
import { arrive, codeAt, keyOn, signIn, typeCode } from '../support/login.ts'
import { portalFile } from '../support/portal-file.ts'
import { pforte, start } from '../support/process.ts'
import { CLIENT } from '../support/provider.ts'
import { ACL, LOGIN, startCluster, startSentinel, USER } from '../support/redis-servers.ts'
import { relyingParty } from '../support/relying-party.ts'
import { freePort, startPostgres, startRedis } from '../support/servers.ts'

const PASSWORD = 'Sonne über Halle'
/** Of the database; it must turn up nowhere. */
const SECRET = 'geheim-der-datenbank'

const office = certificateOffice()
const stranger = certificateOffice()
const secured = { ...office.issue('/CN=localhost', ['DNS:localhost']), authority: office.authorityFile }
let database: Awaited<ReturnType<typeof startPostgres>>
let plain: typeof database

/** Where the database is, as an operator writes it. */
const address = ({ host = 'localhost', authority = office.authorityFile, port = portOf(database) } = {}) =>
  `postgres://pforte:${SECRET}@${host}:${port}/postgres?sslmode=verify-full&sslrootcert=${authority}`
const portOf = ({ url }: { url: string }): string => new URL(url).port

beforeAll(async () => {
  database = await startPostgres([], undefined, secured)
  plain = { ...database, url: process.env.TEST_POSTGRES ?? '' }
  const { code, stderr } = await pforte(['migrate'], environmentOf({ database: { url: address() } }))
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
}, 60_000)
afterAll(async () => {
  await database?.stop()
  office.close()
  stranger.close()
})

/** The product as a process, on the secured database and this Redis. */
async function running(redisUrl: string, authority = office.authorityFile) {
  const config = testConfig()
  config.write('clients/portal.yaml', portalFile())
  const port = String(await freePort())
  const issuer = `http://localhost:${port}`
  const env = {
    ...config.env,
    ...environmentOf({ database: { url: address() }, redisUrl }),
    NODE_EXTRA_CA_CERTS: authority,
    PORTAL_SECRET: CLIENT.secret ?? '',
    PFORTE_ISSUER: issuer,
    PORT: port,
  }
  const server = start(['src/main.ts'], env)
  await server.seen(/Pforte is ready/)
  return { issuer, env, server, ready: async () => (await fetch(`${issuer}/health/ready`)).status }
}

/** Somebody new sets up a second factor; resolves to whom the portal then knows. */
async function wholeLogin({ issuer, env }: Awaited<ReturnType<typeof running>>, username: string) {
  const created = await pforte(['accounts', 'create', username, '--group', 'citizens'], env, `${PASSWORD}\n`)
  expect(created).toMatchObject({ code: 0, stderr: '' })
  const portal = await relyingParty(issuer)
  const { person, request } = await arrive(portal)
  await signIn(person, { username, password: PASSWORD })
  await typeCode(person, codeAt(keyOn(person), Date.now()))
  await person.submit('/continue')
  return (await portal.finish(person.answer, request)).claims()?.sub
}

describe('A whole login', () => {
  test('goes through by TLS, with a user of Redis who may do what the manual says and nothing else', async () => {
    const closed = [...ACL.slice(0, ACL.indexOf('default')), 'default', 'off']
    const redis = await startRedis(closed, secured)
    const at = await running(redis.url.replace('//', `//${LOGIN}`))
    try {
      expect(await wholeLogin(at, 'max')).toMatch(/^[\w-]{20,}$/)
      expect(await at.ready()).toBe(200)
      const ask = (...command: string[]): string =>
        execFileSync(
          'redis-cli',
          [
            '--tls',
            '--cacert',
            office.authorityFile,
            '-h',
            'localhost',
            '-p',
            String(redis.port),
            '--user',
            USER.name,
            ...command,
          ],
          { encoding: 'utf8', env: { ...process.env, REDISCLI_AUTH: USER.password } },
        ).trim()
      expect(ask('acl', 'log')).toBe('')
      expect(Number(ask('dbsize'))).toBeGreaterThan(0)
      await withStores({ database: { url: address() } }, async ({ pool }) => {
        const { rows } = await pool.query(
          "SELECT bool_and(ssl) AS ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE backend_type = 'client backend'",
        )
        expect(rows).toEqual([{ ssl: true }])
      })
    } finally {
      at.server.kill('SIGTERM')
      const { code, stdout } = await at.server.ended
      expect([code, stdout.includes(SECRET)]).toEqual([0, false])
      await redis.stop()
    }
  }, 60_000)

  test.each([
    ['a cluster', startCluster],
    ['a master that sentinels know', startSentinel],
  ])(
    'goes through where Redis is %s, and nothing but TLS is spoken',
    async (name, begin) => {
      const redis = await begin(secured)
      const at = await running(redis.url)
      try {
        while ((await at.ready()) !== 200);
        expect(await wholeLogin(at, name.replaceAll(' ', '-'))).toMatch(/^[\w-]{20,}$/)
      } finally {
        at.server.kill('SIGTERM')
        await at.server.ended
        await redis.stop()
      }
    },
    60_000,
  )
})

describe('The server does not start on a database that is not proven to be its own: it says what to mend', () => {
  test.each<[string, () => string, RegExp]>([
    [
      'of an authority that is not ours',
      () => address({ authority: stranger.authorityFile }),
      /^The database cannot be reached: .*certificate.*\. Name the authority of the server in DATABASE_URL: \?sslrootcert=\.\n$/,
    ],
    [
      'whose certificate has another name',
      () => address({ host: '127.0.0.1' }),
      /^The database cannot be reached: .*IP: 127\.0\.0\.1 is not in the cert's list: \. Write the host into DATABASE_URL as the certificate of the server names it\.\n$/,
    ],
    [
      'without TLS',
      () => address({ port: portOf(plain) }),
      /^The database cannot be reached: The server does not support SSL connections\. Switch TLS on at the server \(ssl = on\), or correct the host in DATABASE_URL\.\n$/,
    ],
    [
      'whose authority is in no file',
      () => address({ authority: '/nowhere/ca.pem' }),
      /^The database cannot be reached: ENOENT: .*'\/nowhere\/ca\.pem'\. Correct the name of this file in DATABASE_URL, or let Pforte read it\.\n$/,
    ],
    [
      'of several of which none is ours',
      () => address({ host: `127.0.0.1:${portOf(database)},127.0.0.1` }),
      /^The database cannot be reached: none of the servers takes writes; .*IP: 127\.0\.0\.1 .*\. Write the host /,
    ],
  ])('%s', async (_, url, text) => {
    const env = { ...testConfig().env, ...environmentOf({ database: { url: url() } }), LOG_LEVEL: 'silent' }
    const { code, stderr, stdout } = await start(['src/main.ts'], env).ended
    expect(stderr).toMatch(text)
    expect([code, `${stderr}${stdout}`.includes(SECRET)]).toEqual([78, false])
  })
})

test('A Redis that is not proven to be ours gets no password: the instance is not ready and its log says why', async () => {
  const redis = await startRedis(ACL, secured)
  const at = await running(redis.url.replace('//', `//${LOGIN}`), stranger.authorityFile)
  try {
    await at.server.seen(/"message":"(unable to|self-signed)[^"]*certificate.*"msg":"store connection"/)
    expect(await at.ready()).toBe(503)
  } finally {
    at.server.kill('SIGTERM')
    const { stdout } = await at.server.ended
    expect(stdout).not.toContain(USER.password)
    await redis.stop()
  }
}, 60_000)
