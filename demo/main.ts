import { notice } from './notice.ts'
import { runUntilStopped } from './process.ts'
import { start } from './start.ts'

/** The whole demonstration in one process. */
await runUntilStopped(async (env) => {
  const demo = await start(env)
  console.log(notice(demo))
  return demo.stop
})
