import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { AppError } from '../../domain/errors.ts'
import type { Reading, Trust } from './reading.ts'
import { Refused } from './refused.ts'
import type { Outcome } from './worker.ts'

/** Milliseconds one answer may take; a real one takes a third of it on a slow machine. */
const DEADLINE = 1_500
/** Answers that may wait; beyond that they would only wait longer than people do. */
const BOUND = 50

export interface ReaderOptions {
  script?: URL
  deadline?: number
}

/**
 * Reads answers in a worker thread, one after the other, never on the event loop. One that is not done in time takes
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
    const timer = setTimeout(() => answer.abort(), this.#deadline)
    try {
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
      clearTimeout(timer)
      answer.abort()
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
