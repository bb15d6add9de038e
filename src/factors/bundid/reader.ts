import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { AppError } from '../../domain/errors.ts'
import type { Reading, Trust } from './reading.ts'
import { Refused } from './refused.ts'
import type { Outcome } from './worker.ts'

/** Milliseconds one answer may compute; a real one takes a third of it on a slow machine. */
const DEADLINE = 1_500
/** So many times as long it may take where others keep the machine busy; milliseconds until the worker must say. */
const PATIENCE = 4
const SAYS_WITHIN = 250
/** Answers that may wait; beyond that they would only wait longer than people do. */
const BOUND = 50

export interface ReaderOptions {
  script?: URL
  deadline?: number
}

/**
 * Reads answers in a worker thread, one after the other, never on the event loop. One that computes for too long takes
 * its worker with it; the next gets a new one. Throws `Refused`, and `busy` where too many wait.
 */
export class Reader {
  readonly #trust: Trust
  readonly #script: URL
  readonly #deadline: number
  #worker: Promise<Worker> | undefined
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(
    trust: Trust,
    { script = new URL('./worker.ts', import.meta.url), deadline = DEADLINE }: ReaderOptions = {},
  ) {
    this.#trust = trust
    this.#script = script
    this.#deadline = deadline
  }

  async read(xml: string): Promise<Reading> {
    if (this.#waiting >= BOUND) throw new AppError('busy', { retryAfter: 5 })
    this.#waiting++
    const turn = this.#last.then(() => this.#run(xml))
    this.#last = turn.catch(() => {})
    try {
      const outcome = await turn
      if (!outcome.ok) throw new Refused(outcome.cause)
      return outcome.reading
    } finally {
      this.#waiting--
    }
  }

  async #run(xml: string): Promise<Outcome> {
    this.#worker ??= this.#start()
    const worker = await this.#worker
    const answer = new AbortController()
    const { signal } = answer
    try {
      const before = await worker.cpuUsage()
      void this.#spent(worker, before, signal).finally(() => answer.abort())
      const answered = once(worker, 'message', { signal })
      const ended = once(worker, 'exit', { signal }).then(() => Promise.reject(new Error('the worker ended')))
      ended.catch(() => {})
      worker.postMessage(xml)
      const [outcome] = (await Promise.race([answered, ended])) as [Outcome]
      return outcome
    } catch {
      // Late, or out of memory: whatever the message was, it was too much.
      await worker.terminate()
      return { ok: false, cause: 'too_complex' }
    } finally {
      answer.abort()
    }
  }

  /** Resolves when the worker has computed for too long, or does not say; on a busy machine later than by the clock. */
  async #spent(worker: Worker, before: NodeJS.CpuUsage, signal: AbortSignal): Promise<void> {
    const latest = performance.now() + PATIENCE * this.#deadline
    let left = this.#deadline
    while (left > 0 && performance.now() < latest && !signal.aborted) {
      await sleep(left, undefined, { signal }).catch(() => {})
      const used = await Promise.race([
        worker.cpuUsage(before),
        sleep(SAYS_WITHIN, undefined, { ref: false }),
      ]).catch(() => undefined)
      left = used ? this.#deadline - (used.user + used.system) / 1_000 : 0
    }
  }

  async #start(): Promise<Worker> {
    const worker = new Worker(this.#script, {
      workerData: this.#trust,
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    })
    worker.unref()
    worker.on('error', () => {})
    worker.once('exit', () => {
      this.#worker = undefined
    })
    try {
      await once(worker, 'message')
      return worker
    } catch (error) {
      await worker.terminate()
      throw error
    }
  }
}
