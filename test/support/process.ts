import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Ended {
  /** Null where a signal ended it. */
  code: number | null
  stdout: string
  stderr: string
}

/** A process of the product, as an operator would start it. */
export interface Running {
  pid: number
  input: NodeJS.WritableStream
  /** Resolves once the output so far matches; rejects where the process ends before. */
  seen(pattern: RegExp): Promise<void>
  /** Sends a signal. */
  kill(signal: NodeJS.Signals): void
  ended: Promise<Ended>
}

/** What Node has compiled of the product, for the next process: the tests start hundreds. */
const NODE_COMPILE_CACHE = join(tmpdir(), 'pforte-compile-cache')

/** Runs Node with these arguments, and nothing in the environment but `env` and the path. */
export function start(args: readonly string[], env: Record<string, string>): Running {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE, ...env },
  })
  const output = { stdout: '', stderr: '' }
  const waiting = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
      for (const look of waiting) look()
    })
  }
  // A process that has ended, or was killed, takes no more input.
  child.stdin.on('error', () => {})
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...output }))
  })
  return {
    pid: child.pid ?? 0,
    input: child.stdin,
    kill: (signal) => void child.kill(signal),
    ended,
    seen: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(output.stdout + output.stderr)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        ended.then(
          ({ code, stdout, stderr }) => reject(new Error(`ended with ${code}: ${stdout}${stderr}`)),
          reject,
        )
        look()
      }),
  }
}

/** The administration command to its end, with this on its standard input. */
export function pforte(args: readonly string[], env: Record<string, string>, input = ''): Promise<Ended> {
  const running = start(['src/cli/index.ts', ...args], env)
  running.input.end(input)
  return running.ended
}
