import { MultiBar } from 'cli-progress'
import type { Progress, Refusal } from '../../store/import.ts'

/** What a long import shows while it runs, on standard error. */
export interface Report {
  refused(refusals: readonly Refusal[]): void
  /** `offset` in bytes of the input. */
  progress(progress: Progress, offset: number): void
  end(): void
}

const LINE_EVERY_MS = 5_000

/** A bar where a person looks on and the size is known; else plain lines, at once and then every few seconds. */
export const createReport = (size: number | undefined): Report =>
  process.stderr.isTTY && size ? bar(size) : plain()

function bar(size: number): Report {
  const bars = new MultiBar({
    format: ' {bar} {percentage}% | {done} lines | {eta_formatted} left',
    gracefulExit: false,
  })
  const one = bars.create(size, 0, { done: '0' })
  return {
    refused: (refusals) => {
      for (const refusal of refusals) bars.log(`${sentence(refusal)}\n`)
    },
    progress: ({ linesDone }, offset) => one.update(offset, { done: counted(linesDone) }),
    end() {
      bars.update() // writes what is logged and waits for the next redraw
      bars.stop()
    },
  }
}

function plain(): Report {
  let shown = Number.NEGATIVE_INFINITY
  const write = (line: string): void => void process.stderr.write(`${line}\n`)
  return {
    refused: (refusals) => refusals.map(sentence).forEach(write),
    progress: ({ linesDone, imported }) => {
      if (performance.now() - shown < LINE_EVERY_MS) return
      shown = performance.now()
      write(`${counted(linesDone)} lines done, ${counted(imported)} imported`)
    },
    end() {},
  }
}

const sentence = ({ line, reason }: Refusal): string => `line ${line}: ${reason}`

export const counted = (n: number): string => n.toLocaleString('en-GB')
