import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { build } from './app.ts'
import { REQUEST_LIMITS } from './limits.ts'
import type { Settings } from './settings/types.ts'
import { watchSettings } from './settings/watch.ts'

/** Milliseconds that requests under way may still take. */
const FINISH_MS = 15_000
/** Milliseconds between two looks for connections that have become idle. */
const IDLE_MS = 100

/**
 * Answers requests until a signal says to stop. Then it first says that it is not ready, and goes on answering for as
 * long as a load balancer needs to see that; each answer closes its connection. Ctrl-C does not wait for that.
 */
export async function serve(settings: Settings, log: Logger): Promise<void> {
  const app = await build(settings, { log })
  const watcher = watchSettings(process.env, {
    change: (live) => {
      app.reload(live)
      log.info('configuration taken over')
    },
    failure: (findings) =>
      log.error({ findings }, 'configuration not taken over: the last good one stays in force'),
  })
  let stopping = false
  const handler: RequestListener = (req, res) => {
    if (stopping) res.setHeader('Connection', 'close')
    app.handler(req, res)
  }
  const server = createServer(REQUEST_LIMITS, handler)
  server.listen(settings.port, settings.host)
  await once(server, 'listening').catch(async (error) => {
    await app.close()
    throw error
  })

  const stop = async (drainMs: number): Promise<void> => {
    if (stopping) return
    stopping = true
    watcher.stop()
    setTimeout(() => process.exit(1), drainMs + FINISH_MS).unref()
    app.drain()
    await pause(drainMs)
    const closed = new Promise((resolve) => server.close(resolve))
    const closing = setInterval(() => server.closeIdleConnections(), IDLE_MS)
    await closed
    clearInterval(closing)
    await app.close()
    process.exit(0)
  }
  process.on('SIGTERM', () => stop(settings.drainSeconds * 1000))
  process.on('SIGINT', () => stop(0))
  process.on('SIGHUP', () => watcher.reload())
}
