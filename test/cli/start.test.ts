import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { environmentOf } from '../support/admin.ts'
import { postgres } from '../support/backends.ts'
import { CLIENT_FILE, testConfig } from '../support/config.ts'
import { start } from '../support/process.ts'
import { freePort } from '../support/servers.ts'

describe('The server', () => {
  test('with a wrong configuration names every mistake at once, with what mends it, and exits 78', async () => {
    const config = testConfig()
    config.write('pforte.yaml', 'operator: {name: Jobcenter, zone: Mars/Base}\nsesion: {idle: 5}\n')
    config.write('policy.yaml', 'levels: [{acr: mfa, factors: [sms]}]\n')
    config.write('clients/portal.yaml', CLIENT_FILE.replace('https://portal', 'http://portal'))
    config.write('clients/zweite.yaml', CLIENT_FILE.replace('env:PORTAL_SECRET', 'env:NOWHERE'))
    const { code, stdout, stderr } = await start(['src/main.ts'], {
      ...config.env,
      PORT: '70000',
      DATABASE_URL: 'mysql://db.example/pforte',
      TRUSTED_PROXIES: 'proxy.example',
    }).ended

    expect({ code, stdout }).toEqual({ code: 78, stdout: '' })
    expect(stderr.split('\n').filter((line) => !line.startsWith('  fix: '))).toEqual([
      'Pforte cannot start: 10 mistake(s) in the configuration.',
      'environment: DATABASE_URL: is not an address that begins with postgres:// or postgresql://',
      'environment: PORT: "70000" is not a port',
      'environment: PFORTE_KEY_RING: is missing; what is secret in the database is sealed with it',
      'environment: TRUSTED_PROXIES: "proxy.example" is not an address',
      'pforte.yaml: operator.zone: is not a known time zone',
      'pforte.yaml: sesion: is not a known setting',
      'policy.yaml: levels[0].factors[0]: is not a known value',
      'clients/portal.yaml: redirect_uris[0]: uses http on a public host',
      'clients/zweite.yaml: client_id: "portal" does not match the name of the file',
      'clients/zweite.yaml: client_secret: the environment has no NOWHERE',
      '',
    ])
    expect(stderr.match(/^ {2}fix: \S/gm)).toHaveLength(10)
  })

  test('takes changed files over while it runs; a broken one it reports as an error and goes on without', async () => {
    const config = testConfig()
    const env = { ...config.env, ...environmentOf(await postgres.open()), PORT: String(await freePort()) }
    const server = start(['src/main.ts'], env)
    await server.seen(/Pforte is ready/)

    config.write('clients/portal.yaml', `${CLIENT_FILE}fators: [totp]\n`)
    server.kill('SIGHUP')
    await server.seen(
      /"level":50,.*"path":"fators".*configuration not taken over: the last good one stays in force/,
    )
    const health = await fetch(`http://localhost:${env.PORT}/health/live`)
    expect(health.status).toBe(200)

    config.write('clients/portal.yaml', `${CLIENT_FILE}factors: [totp]\n`)
    server.kill('SIGHUP')
    await server.seen(/configuration taken over/)
    server.kill('SIGTERM')
    expect((await server.ended).code).toBe(0)
  })
})

describe('The server that cannot start says why in one sentence', () => {
  test('where its port is taken', async () => {
    const other = createServer().listen(0)
    const { port } = other.address() as AddressInfo
    const config = testConfig()
    const { code, stderr } = await start(['src/main.ts'], {
      ...config.env,
      PORT: String(port),
      LOG_LEVEL: 'silent',
    }).ended
    other.close()
    expect({ code, stderr }).toEqual({
      code: 69,
      stderr: 'The port is in use. Stop what uses it, or set PORT to another one.\n',
    })
  })

  test('where the database does not answer', async () => {
    const config = testConfig()
    const env = environmentOf({ database: { url: `postgres://127.0.0.1:${await freePort()}/pforte` } })
    const { code, stderr } = await start(['src/main.ts'], { ...config.env, ...env, LOG_LEVEL: 'silent' })
      .ended
    expect(code).toBe(69)
    expect(stderr).toMatch(/^The database cannot be reached: .*\.\n$/)
  })
})
