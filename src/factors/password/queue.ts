import { AppError } from '../../domain/errors.ts'

/** What a queue is made of; `waiting` is asked each time, so that it can change while running. */
export interface QueueOptions {
  /** How many jobs run at once: the number of cores, for more only share the same cores and caches. */
  concurrency: number
  /** How many may wait; beyond that the answer is an honest "busy". */
  waiting: () => number
  /** Milliseconds. */
  now: () => number
}

/** Weight of the latest job in the running mean of durations. */
const LATEST = 0.1

/** First in, first out, bounded. Sheds load at the door instead of letting everybody wait in vain. */
export class HashQueue {
  readonly #options: QueueOptions
  readonly #waiting: (() => void)[] = []
  #running = 0
  #meanMs = 0

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** Runs the job when its turn comes. Throws `AppError('busy')` at once where too many wait already. */
  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#running < this.#options.concurrency) this.#running++
    else await this.#turn()
    const started = this.#options.now()
    try {
      return await job()
    } finally {
      this.#meanMs += (this.#options.now() - started - this.#meanMs) * (this.#meanMs === 0 ? 1 : LATEST)
      this.#release()
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#options.waiting())
      throw new AppError('busy', { retryAfter: this.#drainSeconds() })
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Hands the place over to the next in line without freeing it, so that nobody can slip in between. */
  #release(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#running--
  }

  #drainSeconds(): number {
    const ms = (this.#waiting.length * this.#meanMs) / this.#options.concurrency
    return Math.max(1, Math.ceil(ms / 1000))
  }
}
