import { ensureAssets } from './assets.js'
import { ensureInstalled, pinnedNode } from './install.js'
import { run } from './run.js'

/** `npm run demo`: needs nothing but Node and npm. */
await ensureInstalled()
await ensureAssets()
process.exitCode = await run(pinnedNode(), ['demo/main.ts'])
