import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './run.js'

/** What the tests need of the system, and how to see that it is there. */
const NEEDED = [
  { package: 'chromium', isThere: () => onPath('chromium') },
  { package: 'postgresql', isThere: () => onPath('postgres') || hasPostgres('/usr/lib/postgresql') },
  { package: 'redis-server', isThere: () => onPath('redis-server') },
  { package: 'pgbouncer', isThere: () => existsSync('/usr/sbin/pgbouncer') },
  { package: 'haproxy', isThere: () => existsSync('/usr/sbin/haproxy') },
  {
    package: 'apache2',
    isThere: () => existsSync('/usr/sbin/apache2'),
  },
  {
    package: 'libapache2-mod-auth-openidc',
    isThere: () => existsSync('/usr/lib/apache2/modules/mod_auth_openidc.so'),
  },
  { package: 'default-jdk-headless', isThere: () => onPath('javac') },
  { package: 'libxml-security-java', isThere: () => existsSync('/usr/share/java/xmlsec.jar') },
]

const QUIET = [
  '-qq',
  '-y',
  '--no-install-recommends',
  '-o',
  'DPkg::Lock::Timeout=300',
  '-o',
  'Dpkg::Use-Pty=0',
]
/** `RUNLEVEL=1` keeps the packages from starting their services: the tests start their own, on free ports. */
const ENVIRONMENT = ['DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1']

/** Installs what is missing, as root or through sudo. Ends the process with a plain message where it cannot. */
export async function ensureSystemPackages() {
  const missing = NEEDED.filter((need) => !need.isThere()).map((need) => need.package)
  if (missing.length === 0) return
  const asRoot = await privileged()
  if (!asRoot || !onPath('apt-get')) return giveUp(missing)
  console.log(`Installing ${missing.join(', ')} from Debian …`)
  const apt = (...args) => run(asRoot[0], [...asRoot.slice(1), ...ENVIRONMENT, 'apt-get', ...args])
  // A mirror that fails to answer need not matter: what is already known may do. The installation decides.
  await apt('update', '-qq')
  await apt('install', ...QUIET, ...missing)
  const still = NEEDED.filter((need) => !need.isThere()).map((need) => need.package)
  if (still.length > 0) giveUp(still)
}

/** The beginning of a command that runs as root without asking, or undefined. */
async function privileged() {
  if (process.getuid?.() === 0) return ['env']
  if (!onPath('sudo')) return undefined
  return (await run('sudo', ['-n', 'true'])) === 0 ? ['sudo', '-n', 'env'] : undefined
}

function giveUp(missing) {
  console.error(`The tests need ${missing.join(', ')}. Please install them, on Debian or Ubuntu with:`)
  console.error(`  sudo apt-get install --no-install-recommends ${missing.join(' ')}`)
  process.exit(1)
}

const onPath = (name) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))

/** Debian keeps PostgreSQL's server off the path, one folder per version. */
const hasPostgres = (folder) =>
  existsSync(folder) &&
  readdirSync(folder).some((version) => existsSync(join(folder, version, 'bin/postgres')))
