import { createServer } from 'node:http'
import { build } from './app.ts'
import { createLogger } from './observe/logger.ts'
import { loadSettings, SettingsError } from './settings/load.ts'
import { watchSettings } from './settings/watch.ts'

const CONFIGURATION = 78 // EX_CONFIG of sysexits.h
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
  server.listen(settings.port, settings.host, () => log.info(`Pforte is ready: ${settings.issuer}`))

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
  if (!(error instanceof SettingsError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = CONFIGURATION
}
