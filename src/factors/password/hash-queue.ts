import { AppError } from '../../domain/errors.ts'

/**
 * Runs at most `concurrency` tasks at once, first come first served, and lets at most `bound` wait: more would only
 * wait longer than people do. Beyond it an honest 503 with the time the queue needs.
 */
export class HashQueue {
  readonly #concurrency: number
  readonly #bound: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(concurrency: number, bound: number) {
    this.#concurrency = concurrency
    this.#bound = bound
  }

  /** How many run at this moment, and how many wait. */
  get load(): { running: number; waiting: number } {
    return { running: this.#running, waiting: this.#waiting.length }
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#concurrency) await this.#turn()
    else this.#running++
    try {
      return await task()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }

  /** The place of a task that ends is handed to the next one: `running` stays as it is. */
  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#bound) throw new AppError('busy', { retryAfter: 2 })
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
