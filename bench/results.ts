import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import type { Reading } from './measure/cell.ts'
import type { Asked } from './measure/stores.ts'
import type { UnderLoad } from './measure/under-load.ts'

/** Everything that one run has found; names are `system: journey`. */
export interface Results {
  readings: Record<string, Reading>
  asked: Record<string, Asked & { requests: number; pageBytes: number }>
  /** Milliseconds until ready; megabytes. */
  memory: Record<string, { ready: number; idle: number; loaded: number }>
  loaded: UnderLoad
}

const BASELINE = join(import.meta.dirname, 'baseline.json')
const LAST = join(import.meta.dirname, 'last.json')

export const baseline = (): Results | undefined =>
  existsSync(BASELINE) ? JSON.parse(readFileSync(BASELINE, 'utf8')) : undefined

/** Keeps the last run beside the baseline, or in its place. */
export function write(results: Results, asBaseline: boolean): void {
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length }
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(4)) : value
  writeFileSync(asBaseline ? BASELINE : LAST, `${JSON.stringify({ machine, ...results }, rounded, 2)}\n`)
}
