import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startEmbedded } from '../../src/store/embedded.ts'
import { environmentOf } from '../support/admin.ts'
import { embedded, postgres } from '../support/backends.ts'
import { CLIENT_FILE, testConfig } from '../support/config.ts'
import { pforte } from '../support/process.ts'
import { freePort } from '../support/servers.ts'

const PATIENCE = 90_000

describe('The command', () => {
  test.each([
    [[]],
    [['nothing']],
    [['accounts', 'create']],
    [['accounts', 'create', 'max']],
    [['accounts', 'create', 'max', '--group', 'citizens', '--password', 'on the command line']],
    [['accounts', 'show']],
    [['accounts', 'show', 'max', 'moritz']],
    [['accounts', 'import']],
    [['migrate', '--chek']],
  ])('used wrongly says how it is used, and exits 64: %j', async (args) => {
    const { code, stdout, stderr } = await pforte(args, {})
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
    expect(stderr).toMatch(/--help/)
  })

  test('explains itself and its parts', async () => {
    const help = await pforte(['--help'], {})
    expect(help.code).toBe(0)
    expect(help.stdout).toMatch(/migrate[\s\S]+check[\s\S]+schema[\s\S]+accounts/)
    const importing = await pforte(['accounts', 'import', '--help'], {})
    expect(importing.code).toBe(0)
    expect(importing.stdout).toContain('password_hash')
  })

  test('starts through a link, from any folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pforte-bin-'))
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8'))
    symlinkSync(resolve(bin.pforte), join(folder, 'pforte'))
    const help = execFileSync(join(folder, 'pforte'), ['accounts', '--help'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(help).toContain('import <file>')
  })

  test('with a wrong configuration names every mistake, and exits 78', async () => {
    const { env, write } = testConfig()
    write('clients/portal.yaml', `${CLIENT_FILE}fators: []\n`)
    for (const args of [['check'], ['migrate'], ['accounts', 'show', 'max']]) {
      const { code, stdout, stderr } = await pforte(args, { ...env, PORT: 'x' })
      expect({ code, stdout }).toEqual({ code: 78, stdout: '' })
      expect(stderr).toContain('environment: PORT: "x" is not a port\n  fix: ')
      expect(stderr).toContain(
        'clients/portal.yaml: fators: is not a known setting\n  fix: Did you mean "factors"?',
      )
    }
  })

  test('with a right one says what it amounts to now, without secrets', async () => {
    const { env, write, folder } = testConfig()
    const soon = new Date(Date.now() + 86_400_000).toISOString()
    const rules = `rules:
  - {name: everybody, demand: {acr: a}, stages: {require: 2025-04-29T00:00:00+02:00}}
  - {name: portal, for: {clients: [portal]}, demand: {acr: a}, stages: {prompt: 2025-01-01T00:00Z, require: ${soon}}}
  - {name: later, demand: {acr: a}, stages: {announce: ${soon}}}`.replaceAll(/\.\d{3}Z/g, 'Z')
    write('policy.yaml', `levels: [{acr: a}]\n${rules}\n`)
    const database = 'postgres://pforte:hunter2@db.example:5433/pforte'
    const keyRing = `k1:${Buffer.alloc(32, 5).toString('base64')}`
    const { code, stdout, stderr } = await pforte(['check'], {
      ...env,
      DATABASE_URL: database,
      PFORTE_KEY_RING: keyRing,
      REDIS_URL: 'redis://:hunter2@redis.example:6380/1',
      PFORTE_ISSUER: 'https://login.example',
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`The configuration in ${folder} is correct.`)
    expect(stdout).toMatch(/^issuer +https:\/\/login\.example$/m)
    expect(stdout).toMatch(/^database +PostgreSQL, db\.example:5433\/pforte$/m)
    expect(stdout).toMatch(/^redis +redis\.example:6380$/m)
    expect(stdout).toMatch(/^factors +password\n +webauthn\n +totp$/m)
    expect(stdout).toMatch(/^clients +portal \(Jobcenter-Portal\)$/m)
    expect(stdout).toMatch(/^rules +everybody: required since 29 Apr 2025, 00:00 \(Europe\/Berlin\)$/m)
    expect(stdout).toMatch(
      /^ +portal: set-up offered since 1 Jan 2025, 01:00 \(Europe\/Berlin\), required from /m,
    )
    expect(stdout).toMatch(/^ +later: not begun, announced from /m)
    expect(stdout).not.toContain('hunter2')
  })

  test('says plainly that the database does not answer, and exits 69', async () => {
    const backend = { database: { url: `postgres://127.0.0.1:${await freePort()}/pforte` } }
    for (const args of [
      ['migrate'],
      ['migrate', '--check'],
      ['accounts', 'show', 'max'],
      ['accounts', 'import', '-'],
    ]) {
      const { code, stdout, stderr } = await pforte(args, environmentOf(backend), '{}\n')
      expect({ code, stdout }).toEqual({ code: 69, stdout: '' })
      expect(stderr).toMatch(/^The database cannot be reached: connect ECONNREFUSED .*\.\n$/)
    }
  })

  test(
    'says plainly that a running server has the embedded database, and exits 69',
    async () => {
      const backend = await embedded.open()
      const server = await startEmbedded(backend.database.folder)
      const { code, stderr } = await pforte(['accounts', 'show', 'max'], environmentOf(backend))
      await server.close()
      expect(code).toBe(69)
      expect(stderr).toMatch(
        /is in use by process \d+\. Stop that process, or set PFORTE_DATA to another folder\.\n$/,
      )
    },
    PATIENCE,
  )
})

describe('Migrations', () => {
  test(
    'are named by --check as long as they have not run, and run once, on the embedded database',
    async () => migrates(environmentOf(await embedded.empty())),
    PATIENCE,
  )

  test('are named by --check as long as they have not run, and run once, on PostgreSQL', async () => {
    await migrates(environmentOf(await postgres.empty()))
  })

  test('that are missing are what a command asks for', async () => {
    const shown = await pforte(['accounts', 'show', 'max'], environmentOf(await postgres.empty()))
    expect(shown).toMatchObject({
      code: 69,
      stderr: expect.stringContaining('Run "npx pforte migrate" first.'),
    })
  })
})

const names = readdirSync('migrations').map((file) => file.replace('.sql', ''))

async function migrates(env: Record<string, string>): Promise<void> {
  expect(await pforte(['migrate', '--check'], env)).toEqual({
    code: 1,
    stdout: names.map((name) => `pending ${name}\n`).join(''),
    stderr: '',
  })
  expect(await pforte(['migrate'], env)).toEqual({
    code: 0,
    stdout: names.map((name) => `ran ${name}\n`).join(''),
    stderr: '',
  })
  const upToDate = { code: 0, stdout: 'The database is up to date.\n', stderr: '' }
  expect(await pforte(['migrate', '--check'], env)).toEqual(upToDate)
  expect(await pforte(['migrate'], env)).toEqual(upToDate)
}
