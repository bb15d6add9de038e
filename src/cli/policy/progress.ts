import { SingleBar } from 'cli-progress'
import { counted } from '../import/report.ts'

export interface Progress {
  advance(by: number): void
  end(): void
}

const LINE_EVERY_MS = 5_000

/** A bar where a person looks on and about how many there are is known; else a line every few seconds. */
export function createProgress(total: number | undefined): Progress {
  return process.stderr.isTTY && total !== undefined ? bar(total) : plain()
}

function bar(total: number): Progress {
  const one = new SingleBar({ format: ' {bar} {percentage}% | {done} accounts | {eta_formatted} left' })
  let done = 0
  one.start(total, 0, { done: '0' })
  return {
    advance(by) {
      done += by
      one.setTotal(Math.max(total, done))
      one.update(done, { done: counted(done) })
    },
    end: () => one.stop(),
  }
}

function plain(): Progress {
  let done = 0
  let shown = performance.now()
  return {
    advance(by) {
      done += by
      if (performance.now() - shown < LINE_EVERY_MS) return
      shown = performance.now()
      process.stderr.write(`${counted(done)} accounts\n`)
    },
    end() {},
  }
}
