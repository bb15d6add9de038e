#!/usr/bin/env node
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pinnedNode } from './install.js'
import { run } from './run.js'

/** `npx pforte`: the administration command, on the pinned Node whichever one started us. */
const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.exitCode = await run(pinnedNode(root), [join(root, 'src/cli/index.ts'), ...process.argv.slice(2)])
