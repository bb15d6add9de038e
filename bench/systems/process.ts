import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import { freePort } from '../../test/support/servers.ts'
import { memoryOf } from '../measure/cpu.ts'

/** Something that is measured: processes of its own behind ports. */
export interface System {
  issuer: string
  ports: number[]
  pids: number[]
  /** Milliseconds from the start until it answered. */
  ready: number
  /** Megabytes then. */
  idle: number
  stop(): Promise<void>
}

export interface Starting {
  /** Where it is another address than that of its port. */
  issuer?: string
  /** What answers with 200 as soon as it is ready. */
  path?: string
  /** The file that its output is added to. */
  log: string
}

/** Milliseconds after which a start has failed. */
const START = 120_000

/** Starts a program of ours with this environment, and nothing else in it, and waits until it answers at `path`. */
export async function startNode(
  args: readonly string[],
  env: Record<string, string>,
  { issuer = '', path = '/health/ready', log }: Starting,
): Promise<System> {
  const port = await freePort()
  const output = openSync(log, 'a')
  const began = performance.now()
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', output, output],
    env: {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'production',
      // As `npm start` does.
      NODE_COMPILE_CACHE: 'build/compiled',
      PFORTE_ISSUER: `http://localhost:${port}`,
      ...env,
      PORT: String(port),
      HOST: '127.0.0.1',
    },
  })
  const gone = once(child, 'exit')
  while (!(await answers(port, path))) {
    if (child.exitCode === null && child.signalCode === null && performance.now() - began < START) continue
    child.kill('SIGKILL')
    throw new Error(`${args.join(' ')} did not start: ${tail(log)}`)
  }
  const ready = performance.now() - began
  const pid = child.pid ?? 0
  return {
    issuer: issuer || `http://localhost:${port}`,
    ports: [port],
    pids: [pid],
    ready,
    idle: memoryOf([pid]),
    async stop() {
      child.kill('SIGTERM')
      await gone
    },
  }
}

/** Several as one: their ports are asked in turn. */
export const together = (systems: readonly System[]): System => ({
  issuer: systems[0]?.issuer ?? '',
  ports: systems.flatMap(({ ports }) => ports),
  pids: systems.flatMap(({ pids }) => pids),
  ready: Math.max(...systems.map(({ ready }) => ready)),
  idle: systems.reduce((sum, { idle }) => sum + idle, 0),
  stop: async () => void (await Promise.all(systems.map((system) => system.stop()))),
})

/** Asks once; the answer, or the next turn of the clock, comes within ten milliseconds. */
const answers = (port: number, path: string): Promise<boolean> =>
  new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path }, (reply) => {
      reply.resume()
      resolve(reply.statusCode === 200)
    }).once('error', () => setTimeout(() => resolve(false), 10))
  })

const tail = (log: string): string => readFileSync(log, 'utf8').slice(-2_000)
