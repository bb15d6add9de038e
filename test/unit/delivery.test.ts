import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { validate } from 'dockerfile-utils'
import { parse } from 'yaml'
import { loadSettings } from '../../src/settings/load.ts'

interface Service {
  image: string
  command?: string[]
  environment?: Record<string, string | number>
  secrets?: string[]
  volumes?: string[]
  read_only: boolean
  cap_drop: string[]
  security_opt: string[]
  tmpfs: string[]
  healthcheck?: { test: string[] }
  restart: string
}

const text = (file: string): string => readFileSync(file, 'utf8')
const { engines, optionalDependencies } = JSON.parse(text('package.json'))
const dockerfile = text('Dockerfile')
const instructions = dockerfile
  .replaceAll(/\\\n/g, '')
  .split('\n')
  .filter((line) => /^[A-Z]/.test(line))
const compose = parse(text('docker-compose.yml'), { merge: true })
const services = Object.entries(compose.services as Record<string, Service>)
const pinned = /^[a-z]+:\d+\.\d+(\.\d+)?-[a-z]+(-slim)?$/

describe('the Dockerfile', () => {
  const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')))

  test('is without fault', () => {
    expect(validate(dockerfile)).toEqual([])
  })

  test('runs the Node that npm installs elsewhere, pinned to its version', () => {
    const images = instructions.flatMap((line) => /^FROM (\S*:\S*)/.exec(line)?.[1] ?? [])
    const versions = new Set(Object.values(optionalDependencies))
    expect(versions.size).toBe(1)
    expect(images).toEqual([`node:${[...versions][0]}-bookworm-slim`])
    expect(images[0]).toMatch(pinned)
    expect(`node:${engines.node.replace('>=', '')}.`).toBe(images[0]?.slice(0, 8))
  })

  test('runs as nobody of rank, in exec form, and is asked for its health', () => {
    const [user, command, health] = ['USER', 'CMD', 'HEALTHCHECK'].map((name) =>
      last.find((line) => line.startsWith(`${name} `)),
    )
    expect(user).toBe('USER node')
    expect(command).toMatch(/^CMD \["node", /)
    expect(health).toMatch(/CMD \["node", .*\/health\/live/)
  })

  test('keeps the native parts of the password hashes, which npm calls optional', () => {
    const { packages } = JSON.parse(text('package-lock.json'))
    expect(packages['node_modules/@node-rs/argon2-linux-x64-gnu'].optional).toBe(true)
    expect(last.join()).toContain('COPY --from=packages /app/node_modules')
    expect(dockerfile).not.toContain('--omit=optional')
  })

  test('copies what is there, and nothing that .dockerignore keeps out', () => {
    const letIn = text('.dockerignore')
      .split('\n')
      .flatMap((line) => /^!(.+)/.exec(line)?.[1] ?? [])
    const copied = instructions
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1))
    expect(copied.length).toBeGreaterThan(5)
    for (const path of copied) {
      expect([path, existsSync(path)]).toEqual([path, true])
      expect(letIn).toContain(path)
    }
    expect(text('.dockerignore')).toContain('\ndemo/data\n')
  })

  test('starts files that exist', () => {
    const started = instructions.flatMap((line) => /^CMD \["node", "([^"]+)"/.exec(line)?.[1] ?? [])
    expect(started).toHaveLength(2)
    for (const file of started) expect([file, existsSync(file)]).toEqual([file, true])
  })
})

describe('the compose file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pforte-secrets-'))
  const secrets = join(folder, 'secrets')
  execFileSync(process.execPath, ['scripts/secrets.js', secrets])
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each(services)(
    '%s can write nowhere it need not, gains no rights and is asked for its health',
    (name, service) => {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        tmpfs: expect.arrayContaining(['/tmp']),
      })
      if (name === 'migrate') expect(service.restart).toBe('no')
      else expect(service.healthcheck?.test[0]).toBe('CMD')
    },
  )

  test('takes pinned images, or builds a stage of the Dockerfile', () => {
    for (const [, { image, build }] of services as [string, Service & { build?: { target: string } }][]) {
      if (build) expect(instructions.join('\n')).toContain(` AS ${build.target}`)
      else expect(image).toMatch(pinned)
    }
  })

  test('makes each secret it hands out, and never makes them anew', () => {
    const declared = Object.entries(compose.secrets as Record<string, { file: string }>)
    expect(declared.map(([name]) => name).sort()).toEqual(readdirSync(secrets).sort())
    for (const [name, { file }] of declared) expect(file).toBe(`./secrets/${name}`)
    for (const [, service] of services) {
      const files = Object.values(service.environment ?? {}).filter((value) =>
        String(value).startsWith('/run/secrets/'),
      )
      expect(files.sort()).toEqual((service.secrets ?? []).map((name) => `/run/secrets/${name}`).sort())
    }
    expect(() => execFileSync(process.execPath, ['scripts/secrets.js', secrets], { stdio: 'pipe' })).toThrow(
      'left as it is',
    )
  })

  test('gives the provider settings it accepts, and none that it does not know', () => {
    const { environment = {} } = compose.services.pforte as Service
    const config = mkdtempSync(join(tmpdir(), 'pforte-compose-'))
    cpSync('demo/config', config, { recursive: true })
    cpSync('demo/compose', config, { recursive: true })
    const here = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [
        name,
        String(value).replace('/run/secrets', secrets).replace('/app/config', config),
      ]),
    )
    const settings = loadSettings(here)
    expect(settings).toMatchObject({ issuer: 'http://localhost:3000', redisUrl: 'redis://redis:6379' })
    expect(settings.live.clients.get('portal')?.secret).toBe(text(join(secrets, 'portal_client_secret')))

    // In place of its file, a secret may stand in the environment itself; never both.
    const inline = { ...here, PORTAL_CLIENT_SECRET_FILE: undefined, PORTAL_CLIENT_SECRET: 'itself' }
    expect(loadSettings(inline).live.clients.get('portal')?.secret).toBe('itself')
    expect(() => loadSettings({ ...here, PORTAL_CLIENT_SECRET: 'itself' })).toThrow('are both set')
    expect(() => loadSettings({ ...here, PORTAL_CLIENT_SECRET_FILE: '/nowhere' })).toThrow(
      '/nowhere cannot be read',
    )

    const known = `${text('src/settings/environment.ts')}${text('src/settings/load.ts')}${text('demo/config/clients/portal.yaml')}${text('demo/compose/pforte.yaml')}`
    for (const name of Object.keys(environment)) expect(known).toMatch(wordOf(name))
  })

  test('gives portal and mail catcher what they read', () => {
    for (const name of ['portal', 'mail']) {
      const { environment = {} } = compose.services[name] as Service
      for (const variable of Object.keys(environment))
        expect(text(`demo/${name}/main.ts`)).toMatch(wordOf(variable))
    }
  })

  test('mounts and starts what exists', () => {
    const volumes = Object.keys(compose.volumes)
    for (const [, { volumes: mounts = [], command = [] }] of services) {
      for (const source of mounts.map((mount) => mount.split(':')[0] ?? ''))
        expect(source.startsWith('.') ? existsSync(source) : volumes.includes(source)).toBe(true)
      if (command[0] === 'node')
        expect([command[1], existsSync(command[1] ?? '')]).toEqual([command[1], true])
    }
  })

  test('lets only this machine reach its ports', () => {
    const ports = services.flatMap(([, service]) => ('ports' in service ? (service.ports as string[]) : []))
    expect(ports).toHaveLength(3)
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
  })
})

/** A variable's name as a word; each secret is known without `_FILE`. */
const wordOf = (name: string): RegExp => new RegExp(`\\b${name.replace(/_FILE$/, '')}\\b`)
