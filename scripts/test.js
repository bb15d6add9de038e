import { ensureAssets } from './assets.js'
import { ensureSystemPackages } from './debian.js'
import { ensureInstalled } from './install.js'
import { npmRun } from './run.js'

/** `npm test [-- <arguments of jest>]`: everything the tests need, then the checks, then the tests. */
await ensureInstalled()
await ensureSystemPackages()
await ensureAssets()
await npmRun('check')
await npmRun('jest', process.argv.slice(2))
