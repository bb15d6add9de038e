import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { loadSettings } from '../../src/settings/load.ts'
import { environmentOf } from '../support/admin.ts'
import { listener } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { CLIENT_FILE, testConfig } from '../support/config.ts'
import { pforte } from '../support/process.ts'

describe('The command for applications', () => {
  test('lists them, and shows one with its defaults and without its secret', async () => {
    const { env } = testConfig()
    const list = await pforte(['clients', 'list'], env)
    expect(list.stdout).toMatch(/^portal\s+web\s+Jobcenter-Portal\n$/)
    const show = await pforte(['clients', 'show', 'portal'], env)
    expect(show.stdout).toMatch(/access_token_lifetime\s+600 s/)
    expect(show.stdout).toMatch(/secrets\s+1\n/)
    expect(show.stdout).not.toContain(env.PORTAL_SECRET)
    const unknown = await pforte(['clients', 'show', 'portl'], env)
    expect(unknown).toMatchObject({ code: 65, stderr: expect.stringContaining('Known: portal') })
  })

  test('checks them all, and warns of what is correct but not good', async () => {
    const { env, write } = testConfig()
    write('clients/portal.yaml', `${CLIENT_FILE}pkce: optional\nclient_secret_next: env:PORTAL_SECRET\n`)
    for (const args of [['clients', 'check'], ['check']]) {
      const { code, stdout } = await pforte(args, env)
      expect(code).toBe(0)
      expect(stdout).toContain(
        'warning: clients/portal.yaml: pkce: codes need not be bound by PKCE\n  advice: ',
      )
      expect(stdout).toContain('client_secret_next: two secrets work')
    }
    write('clients/portal.yaml', `${CLIENT_FILE}pkce: never\n`)
    expect(await pforte(['clients', 'check'], env)).toMatchObject({ code: 78 })
  })

  test('writes a file that is correct at once, and a secret that only its owner reads and nobody sees', async () => {
    const { env, folder } = testConfig()
    const input = 'antrag\nAnträge online\n\nhttps://antrag.example/callback\n'
    const { code, stdout, stderr } = await pforte(['clients', 'new'], env, input)
    expect({ code, stderr: stderr.includes('Error') }).toEqual({ code: 0, stderr: false })
    const secret = readFileSync(join(folder, 'secrets/antrag'), 'utf8').trim()
    expect(secret.length).toBeGreaterThanOrEqual(43)
    expect(stdout + stderr).not.toContain(secret)
    expect(statSync(join(folder, 'secrets/antrag')).mode & 0o077).toBe(0)
    expect(readFileSync(join(folder, 'clients/antrag.yaml'), 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=/,
    )
    expect(loadSettings(env).live.clients.get('antrag')).toMatchObject({ secret, profile: 'web' })
    const again = await pforte(['clients', 'new'], env, input)
    expect(again).toMatchObject({ code: 73, stderr: expect.stringContaining('is there already') })
    expect(readFileSync(join(folder, 'secrets/antrag'), 'utf8').trim()).toBe(secret)
  })

  test.each([
    ['spa', ['--redirect-uri', 'https://spa.example/cb'], { authMethod: 'none' }],
    ['native', ['--redirect-uri', 'de.jobcenter.app:/cb'], { authMethod: 'none' }],
    ['device', [], { authMethod: 'none' }],
    ['service', ['--jwks-uri', ''], { authMethod: 'client_secret_basic' }],
    [
      'fapi2',
      ['--redirect-uri', 'https://bank.example/cb', '--jwks-uri', 'https://bank.example/jwks'],
      { authMethod: 'private_key_jwt' },
    ],
  ])('writes one of the profile %s from options alone', async (profile, more, expected) => {
    const { env } = testConfig()
    const args = ['clients', 'new', '--id', 'neu', '--name', 'Neu', '--profile', profile, ...more]
    expect((await pforte(args, env, '')).code).toBe(0)
    expect(loadSettings(env).live.clients.get('neu')).toMatchObject({ profile, ...expected })
  })

  test('writes nothing that would not start', async () => {
    const { env, findings } = testConfig()
    const args = [
      'clients',
      'new',
      '--id',
      '../neu',
      '--name',
      'Neu',
      '--profile',
      'web',
      '--redirect-uri',
      'http://a.example',
    ]
    const { code, stderr } = await pforte(args, env, '')
    expect(code).toBe(65)
    expect(stderr).toContain('client_id: is not usable as an id')
    expect(stderr).toContain('redirect_uris[0]: uses http on a public host')
    expect((await pforte(['clients', 'new', '--id', 'neu'], env, 'Neu\n')).code).toBe(66)
    expect(findings()).toEqual([])
  })

  test('says what people would meet, and what the application would be told', async () => {
    const { env, write } = testConfig()
    write('clients/portal.yaml', `${CLIENT_FILE}scope: [openid, email]\n`)
    const { code, stdout } = await pforte(['clients', 'doctor', 'portal'], env)
    expect(code).toBe(0)
    expect(stdout).toMatch(/Somebody who has password:\n {2}ask who it is.*\n {2}set up webauthn or totp\n/)
    expect(stdout).toMatch(
      /has password and totp:\n.*\n {2}ask for totp\n {2}let in, with acr https:\/\/refeds.org\/profile\/mfa/,
    )
    expect(stdout).toContain('email, email_verified')
    write('clients/portal.yaml', `${CLIENT_FILE}min_acr: phr\nfactors: [password, totp]\n`)
    expect((await pforte(['clients', 'doctor', 'portal'], env)).stdout).toContain(
      'refuse: no factor that could still be set up leads there',
    )
  })

  test('tries to reach what the server would call, when asked to', async () => {
    const { env, write } = testConfig()
    const there = await listener(() => ({ status: 405 }))
    write('clients/portal.yaml', `${CLIENT_FILE}backchannel_logout_uri: ${there.origin}/logout\n`)
    const reached = await pforte(['clients', 'doctor', 'portal', '--reach'], env)
    expect(reached).toMatchObject({ code: 0, stdout: expect.stringContaining('answers with 405') })
    await there.close()
    const gone = await pforte(['clients', 'doctor', 'portal', '--reach'], env)
    expect(gone).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('cannot be reached (ECONNREFUSED)'),
    })
  })

  test('looks at the keys that an application publishes', async () => {
    const { env, write } = testConfig()
    let body: unknown
    const there = await listener(() => ({ status: 200, body }))
    const keyed = `token_endpoint_auth_method: private_key_jwt\njwks_uri: ${there.origin}/jwks\n`
    write('clients/portal.yaml', `${CLIENT_FILE.replace('client_secret: env:PORTAL_SECRET\n', '')}${keyed}`)
    for (const [published, code, said] of [
      [{ keys: [{ kty: 'EC', kid: 'a' }] }, 0, 'answers with 200'],
      [{ keys: [{ kty: 'EC' }] }, 1, 'a key has no kid'],
      [{ keys: [{ kty: 'EC', kid: 'a', d: 'x' }] }, 1, 'a private key is published'],
      ['nothing', 1, 'there are no keys'],
    ] as const) {
      body = published
      const reached = await pforte(['clients', 'doctor', 'portal', '--reach'], env)
      expect(reached).toMatchObject({ code, stdout: expect.stringContaining(said) })
    }
    await there.close()
  })

  test('opens registration for one application, lists who registered, and removes one', async () => {
    const { env: own, write, folder } = testConfig()
    const env = { ...own, ...environmentOf(await postgres.open()) }
    const closed = await pforte(['clients', 'token', '--profile', 'web'], env)
    expect(closed).toMatchObject({ code: 78, stderr: expect.stringContaining('no client_registration') })
    const text = readFileSync(join(folder, 'pforte.yaml'), 'utf8')
    write('pforte.yaml', `${text}\nclient_registration: { profiles: [web] }\n`)
    for (const args of [
      ['--profile', 'spa'],
      ['--profile', 'web', '--days', '365'],
    ])
      expect(await pforte(['clients', 'token', ...args], env)).toMatchObject({ code: 64 })
    const { code, stdout } = await pforte(['clients', 'token', '--profile', 'web'], env)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^[\w-]{43}\n$/)
    expect(await pforte(['clients', 'registered'], env)).toMatchObject({ code: 0, stdout: '' })
    expect(await pforte(['clients', 'remove', 'portal'], env)).toMatchObject({ code: 65 })
  })
})
