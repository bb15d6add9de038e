import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { factorsFor } from '../src/composition.ts'
import { ERRORS } from '../src/domain/errors.ts'
import { settingsOf } from './support/provider.ts'

const SRC = 'src'

/** Which room may import which, and which packages; what is not listed is forbidden (docs: ARCHITECTURE, section 2). */
const ROOMS: Record<string, { rooms: string[]; packages: string[]; except?: string[] }> = {
  domain: { rooms: [], packages: [] },
  factors: { rooms: ['domain'], packages: ['*'], except: ['koa', 'pg', 'ioredis', 'oidc-provider'] },
  journey: { rooms: ['domain'], packages: ['node:crypto'] },
  jobs: { rooms: [], packages: [] },
  store: { rooms: ['domain', 'journey'], packages: ['*'], except: ['koa', 'oidc-provider'] },
  oidc: { rooms: ['domain', 'jobs', 'journey'], packages: ['*'], except: ['pg', 'ioredis'] },
  web: {
    rooms: ['domain', 'journey', 'oidc', 'settings'],
    packages: ['*'],
    except: ['oidc-provider', 'pg', 'ioredis'],
  },
  mail: {
    rooms: ['domain', 'jobs', 'journey', 'web', 'settings'],
    packages: ['*'],
    except: ['koa', 'oidc-provider', 'pg', 'ioredis'],
  },
  settings: { rooms: ['domain'], packages: ['*'], except: ['koa', 'oidc-provider', 'pg', 'ioredis'] },
  observe: {
    rooms: ['domain', 'jobs', 'journey'],
    packages: ['*'],
    except: ['koa', 'oidc-provider', 'pg', 'ioredis'],
  },
}
/** Rooms that are entered through one door alone: importer → the files it may import there. */
const DOORS: Record<string, Record<string, string[]>> = {
  store: { journey: ['ports.ts'] },
  mail: { journey: ['ports.ts'], web: ['languages.ts'], settings: ['types.ts'] },
  observe: { journey: ['ports.ts', 'watcher.ts'] },
  web: { oidc: ['interaction.ts', 'provider.ts', 'self.ts'], settings: ['types.ts'] },
}

interface Import {
  from: string
  to: string
  typeOnly: boolean
}

const files = filesIn(SRC).filter((file) => file.endsWith('.ts'))
const imports = files.flatMap(importsOf)
const roomOf = (file: string): string => (dirname(file) === SRC ? 'root' : (file.split('/')[1] ?? ''))

describe('Who may import whom', () => {
  const inRooms = imports.filter(({ from }) => ROOMS[roomOf(from)])

  test('a room imports only the rooms before it', () => {
    const wrong = inRooms.filter(({ from, to }) => {
      if (!to.startsWith(SRC)) return false
      const [here, there] = [roomOf(from), roomOf(to)]
      return here !== there && !ROOMS[here]?.rooms.includes(there)
    })
    expect(wrong).toEqual([])
  })

  test('a room with one door is entered by that door', () => {
    const wrong = inRooms.filter(({ from, to }) => {
      const door = DOORS[roomOf(from)]?.[roomOf(to)]
      return to.startsWith(SRC) && door !== undefined && !door.includes(relative(join(SRC, roomOf(to)), to))
    })
    expect(wrong).toEqual([])
  })

  test('a room uses only the packages that are its business; types alone are no dependency', () => {
    const wrong = inRooms.filter(({ from, to, typeOnly }) => {
      const room = ROOMS[roomOf(from)]
      if (to.startsWith(SRC) || typeOnly || !room) return false
      const name = packageOf(to)
      return room.packages.includes('*') ? room.except?.includes(name) : !room.packages.includes(name)
    })
    expect(wrong).toEqual([])
  })

  test('no factor knows another factor', () => {
    const factorOf = (file: string): string => file.split('/')[2] ?? ''
    const wrong = imports.filter(
      ({ from, to }) =>
        from.startsWith('src/factors/') &&
        to.startsWith('src/factors/') &&
        from !== 'src/factors/index.ts' &&
        factorOf(from) !== factorOf(to),
    )
    expect(wrong).toEqual([])
  })

  test('only the composition root knows the list of factors', () => {
    const wrong = imports.filter(
      ({ from, to }) => to === 'src/factors/index.ts' && from !== 'src/composition.ts',
    )
    expect(wrong).toEqual([])
  })

  test('oidc-provider is imported in its own room alone', () => {
    const wrong = imports.filter(
      ({ from, to }) => packageOf(to) === 'oidc-provider' && roomOf(from) !== 'oidc',
    )
    expect(wrong).toEqual([])
  })

  test('the domain asks neither clock nor chance', () => {
    const wrong = files.filter(
      (file) =>
        roomOf(file) === 'domain' && /Date\.now|new Date\(\)|Math\.random/.test(readFileSync(file, 'utf8')),
    )
    expect(wrong).toEqual([])
  })
})

describe('The shape of the code', () => {
  const all = ['src', 'test', 'demo', 'scripts', 'bench']
    .filter((folder) => existsSync(folder))
    .flatMap(filesIn)

  test('no source file is longer than 300 lines', () => {
    const long = all.filter(
      (file) => /\.(ts|js)$/.test(file) && readFileSync(file, 'utf8').split('\n').length > 300,
    )
    expect(long).toEqual([])
  })

  test('every room says what it is in at most 20 lines', () => {
    const rooms = [...Object.keys(ROOMS).map((room) => join(SRC, room)), 'views', 'scripts', 'bench']
    const wrong = rooms.filter((room) => {
      const readme = join(room, 'README.md')
      return !existsSync(readme) || readFileSync(readme, 'utf8').trim().split('\n').length > 20
    })
    expect(wrong).toEqual([])
  })

  test('every factor has its views', () => {
    const settings = settingsOf('http://localhost', 0, { database: { folder: '' } })
    const hasher = { hash: async () => '', verify: async () => false, isOutdated: () => false }
    for (const factor of factorsFor(settings, {
      hasher,
      live: () => settings.live,
      once: async () => false,
      now: () => 0,
    }).values()) {
      expect([factor.id, existsSync(`views/factors/${factor.id}/verify.eta`)]).toEqual([factor.id, true])
      if (factor.enrollable) expect(existsSync(`views/factors/${factor.id}/enrol.eta`)).toBe(true)
    }
  })

  test('every audit event is emitted somewhere', () => {
    const union = readFileSync('src/domain/audit-event.ts', 'utf8')
    const names = [...union.matchAll(/event: '([a-z.]+)'/g)].map(([, name]) => name)
    const source = files
      .filter((file) => roomOf(file) !== 'domain')
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n')
    expect(names.length).toBeGreaterThan(5)
    expect(names.filter((name) => !source.includes(`'${name}'`))).toEqual([])
  })

  test('every error code is thrown somewhere', () => {
    const source = files
      .filter((file) => roomOf(file) !== 'domain')
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n')
    expect(Object.keys(ERRORS).filter((code) => !source.includes(`'${code}'`))).toEqual([])
  })
})

describe('The lock file', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { version?: string; optionalDependencies?: Record<string, string> }>
  }

  test('has an entry for every optional dependency it names, or `npm ci` fails on other platforms', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
      ),
    )
    expect(missing).toEqual([])
  })

  test.each([
    ['@xmldom/xmldom', [0, 8, 15]],
    ['xml-crypto', [6, 3, 2]],
    ['samlify', [2, 13, 1]],
  ] as const)('holds no %s older than the release without known holes', (name, least) => {
    const found = Object.entries(packages).filter(([path]) => path.endsWith(`node_modules/${name}`))
    expect(found.length).toBeGreaterThan(0)
    for (const [, { version = '' }] of found) {
      const parts = version.split('.').map(Number)
      expect(compare(parts, least)).toBeGreaterThanOrEqual(0)
    }
  })
})

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((part, i) => part !== b[i])
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}

function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (name === 'node_modules' || name === 'data') return []
    return statSync(path).isDirectory() ? filesIn(path) : [path]
  })
}

function importsOf(from: string): Import[] {
  const source = readFileSync(from, 'utf8')
  const statements = source.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm)
  const dynamic = source.matchAll(/import\((type\s+)?'([^']+)'\)/g)
  return [...statements, ...dynamic].map(([, type, target = '']) => ({
    from,
    to: target.startsWith('.') ? join(dirname(from), target) : target,
    typeOnly: type !== undefined,
  }))
}

/** `node:fs` stays as it is; `a/b` of an unscoped package is package `a`. */
function packageOf(specifier: string): string {
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return specifier
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
