import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { npmRun } from './run.js'

const SOURCES = ['views/assets', 'package-lock.json']
const BUILT = 'build/assets/manifest.json'

/** Builds style sheets, scripts and fonts where a source is newer than what was built. */
export async function ensureAssets() {
  if (existsSync(BUILT) && newest(SOURCES) <= statSync(BUILT).mtimeMs) return
  console.log('Building the style sheets, scripts and fonts …')
  await npmRun('build')
}

/** The latest change (milliseconds) of these files and of all files in these folders. */
function newest(paths) {
  return Math.max(
    ...paths.map((path) => {
      const stat = statSync(path)
      if (!stat.isDirectory()) return stat.mtimeMs
      return Math.max(stat.mtimeMs, newest(readdirSync(path).map((name) => join(path, name))))
    }),
  )
}
