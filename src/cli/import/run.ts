import { createHash, type Hash } from 'node:crypto'
import type { ImportLine, Imports, Progress, Refusal } from '../../store/import.ts'
import { CommandError } from '../exit.ts'
import { type Line, linesOf } from './lines.ts'
import { readRecord } from './record.ts'
import type { Report } from './report.ts'

/** Lines per transaction. */
const BATCH = 500

export interface Tally extends Progress {
  refused: number
  /** The line after which this run went on; 0: it began at the first. */
  resumedAfter: number
  /** The last line, if it broke off; it is not among those done. */
  brokenOff?: number
}

/** Where an import stands while it runs. */
interface Run {
  imports: Imports
  report: Report
  id: string
  progress: Progress
  refused: number
  lines: ImportLine[]
  refusals: Refusal[]
}

/**
 * Imports every line that was not done before. Which import this is, its first line says; that the lines done before
 * are the same, their digest. A kill at any moment loses the open batch alone, which the next run does again.
 */
export async function importLines(
  input: AsyncIterable<Buffer>,
  imports: Imports,
  report: Report,
): Promise<Tally> {
  const hash = createHash('sha256')
  let run: Run | undefined
  let resumedAfter = 0
  let last: Line | undefined
  for await (const line of linesOf(input)) {
    if (!run) {
      run = await begin(imports, report, line)
      resumedAfter = run.progress.linesDone
    }
    if (line.number > resumedAfter && !gather(run, line)) {
      await flush(run, hash, last)
      return { ...summary(run, resumedAfter), brokenOff: line.number }
    }
    hash.update(line.bytes).update('\n')
    last = line
    if (line.number === resumedAfter) mustBeSame(run, hash)
    if (line.number > resumedAfter && (line.number - resumedAfter) % BATCH === 0) await flush(run, hash, line)
  }
  if (!run) throw new CommandError('data', 'The input is empty.')
  await flush(run, hash, last)
  return summary(run, resumedAfter)
}

async function begin(imports: Imports, report: Report, first: Line): Promise<Run> {
  const id = createHash('sha256').update(first.bytes).digest('hex')
  const progress = await imports.progress(id)
  const earlier = await imports.refusals(id)
  report.refused(earlier)
  return { imports, report, id, progress, refused: earlier.length, lines: [], refusals: [] }
}

/** Adds a line to the open batch. False: it was cut off. */
function gather(run: Run, line: Line): boolean {
  const read = readRecord(line)
  if (read.as === 'refusal' && read.broken && !line.ended) return false
  if (read.as === 'account') run.lines.push(read.line)
  if (read.as === 'refusal') run.refusals.push({ line: line.number, reason: read.reason })
  return true
}

/** Writes what has gathered, up to and with this line. */
async function flush(run: Run, hash: Hash, last: Line | undefined): Promise<void> {
  if ((last?.number ?? 0) < run.progress.linesDone) throw changed(run)
  if (!last || last.number === run.progress.linesDone) return
  const batch = {
    lines: run.lines,
    refused: run.refusals,
    linesDone: last.number,
    digest: hash.copy().digest('hex'),
  }
  const { progress, refused } = await run.imports.add(run.id, run.progress, batch)
  Object.assign(run, { progress, refused: run.refused + refused.length, lines: [], refusals: [] })
  run.report.refused(refused)
  run.report.progress(progress, last.offset)
}

function mustBeSame(run: Run, hash: Hash): void {
  if (hash.copy().digest('hex') !== run.progress.digest) throw changed(run)
}

const changed = ({ progress }: Run): CommandError =>
  new CommandError(
    'data',
    `This input begins like one of which ${progress.linesDone} lines were imported before, but these lines are no ` +
      'longer the same. Nothing was imported. Put new and corrected lines into a file of their own.',
  )

const summary = ({ progress, refused }: Run, resumedAfter: number): Tally => ({
  ...progress,
  refused,
  resumedAfter,
})
