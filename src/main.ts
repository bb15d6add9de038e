import cluster from 'node:cluster'
import { explain } from './cli/exit.ts'
import { createLogger } from './observe/logger.ts'
import { loadSettings } from './settings/load.ts'

try {
  const settings = loadSettings(process.env)
  const log = createLogger(settings.logLevel)
  // What answers requests is loaded where requests are answered alone.
  if (settings.workers > 1 && cluster.isPrimary) {
    const { superviseWorkers } = await import('./workers.ts')
    await superviseWorkers(settings.workers, log)
  } else {
    const { serve } = await import('./serve.ts')
    await serve(settings, log)
  }
  if (cluster.isPrimary) log.info(`Pforte is ready: ${settings.issuer}`)
} catch (error) {
  const { code, text } = explain(error)
  process.stderr.write(`${text}\n`)
  process.exitCode = code
  if (cluster.isWorker) process.disconnect()
}
