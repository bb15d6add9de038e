import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from './run.js'

const LOCK = 'package-lock.json'
/** npm writes it last, so it also tells a finished installation from one that was cut short. */
const INSTALLED = 'node_modules/.package-lock.json'
const MAJOR = 24

/** Installs the locked packages where they are missing or others. Ends the process where that fails. */
export async function ensureInstalled() {
  if (isInstalled()) return
  console.log('Installing the packages (once, 20 seconds to 2 minutes) …')
  const code = await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  if (code === 0) return
  console.error('\n`npm ci` failed. Is the package registry reachable? `npm ping` tells.')
  process.exit(code)
}

/** Whether every locked package is there in its version; optional ones may be for other platforms. */
function isInstalled() {
  if (!existsSync(INSTALLED)) return false
  const there = packagesOf(INSTALLED)
  return Object.entries(packagesOf(LOCK)).every(
    ([path, { version, optional }]) =>
      path === '' || (there[path] ? there[path].version === version : optional),
  )
}

const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages

/** The Node that `npm ci` installed in `root`; elsewhere (macOS) the one we run on, if it is new enough. */
export function pinnedNode(root = '.') {
  const windows = process.platform === 'win32'
  const folder = `node-${windows ? 'win' : process.platform}-${process.arch}`
  const pinned = join(root, 'node_modules', folder, 'bin', windows ? 'node.exe' : 'node')
  if (existsSync(pinned)) return pinned
  if (Number(process.versions.node.split('.')[0]) >= MAJOR) return process.execPath
  console.error(`No Node ${MAJOR} is packaged for this platform. Please install Node ${MAJOR} or newer.`)
  return process.exit(1)
}
