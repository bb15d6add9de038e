import { once } from 'node:events'
import { createServer } from 'node:http'
import { build } from './app.ts'
import { explain } from './cli/exit.ts'
import { createLogger } from './observe/logger.ts'
import { loadSettings } from './settings/load.ts'
import { watchSettings } from './settings/watch.ts'

const DRAIN_MS = 15_000

try {
  const settings = loadSettings(process.env)
  const log = createLogger(settings.logLevel)
  const app = await build(settings, { log })
  const watcher = watchSettings(process.env, {
    change: (live) => {
      app.reload(live)
      log.info('configuration taken over')
    },
    failure: (findings) =>
      log.error({ findings }, 'configuration not taken over: the last good one stays in force'),
  })
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 15_000 }, app.handler)
  server.listen(settings.port, settings.host)
  await once(server, 'listening').catch(async (error) => {
    await app.close()
    throw error
  })
  log.info(`Pforte is ready: ${settings.issuer}`)

  const stop = () => {
    watcher.stop()
    const deadline = setTimeout(() => process.exit(1), DRAIN_MS).unref()
    server.close(async () => {
      await app.close()
      clearTimeout(deadline)
    })
    server.closeIdleConnections()
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  process.on('SIGHUP', () => watcher.reload())
} catch (error) {
  const { code, text } = explain(error)
  process.stderr.write(`${text}\n`)
  process.exitCode = code
}
