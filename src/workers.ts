import cluster, { type Worker } from 'node:cluster'
import type { Logger } from 'pino'
import { collectMetrics } from './observe/workers.ts'

/** So many workers that die within a minute are not replaced any more: something is wrong that a new one cannot mend. */
const DEATHS = 5
const WITHIN_MS = 60_000

/**
 * Runs so many worker processes on one port, and replaces one that dies. Resolves once all answer requests; a first
 * one that cannot start ends the process with its exit code, and has said why.
 */
export async function superviseWorkers(count: number, log: Logger): Promise<void> {
  collectMetrics()
  let ready = false
  let told: NodeJS.Signals | undefined
  let deaths: number[] = []
  let worst = 0

  const stop = (signal: NodeJS.Signals): void => {
    told = signal
    for (const worker of workers()) worker.process.kill(signal)
  }
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
  process.on('SIGHUP', () => {
    for (const worker of workers()) worker.process.kill('SIGHUP')
  })

  const fork = async (): Promise<void> => {
    const worker = cluster.fork()
    const born = Promise.withResolvers<void>()
    worker.once('listening', () => born.resolve())
    worker.once('exit', (code, signal) => {
      const { pid } = worker.process
      born.resolve()
      if (told) {
        // One that had not begun to listen for signals ends by ours.
        worst = Math.max(worst, code ?? (signal === told ? 0 : 1))
        if (workers().length === 0) process.exit(worst)
        return
      }
      log.error({ worker: pid, exitCode: code, signal }, 'worker ended')
      if (deaths.length === 0 && !ready) process.exit(code ?? 1)
      const now = Date.now()
      deaths = [...deaths.filter((at) => at > now - WITHIN_MS), now]
      if (deaths.length < DEATHS) return void fork()
      log.fatal(`${DEATHS} workers ended within a minute`)
      worst = code || 1
      stop('SIGTERM')
      if (workers().length === 0) process.exit(worst)
    })
    await born.promise
  }
  await fork()
  await Promise.all(Array.from({ length: count - 1 }, fork))
  ready = true
}

const workers = (): Worker[] => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
