import type { Journey } from '../journeys/login.ts'
import type { System } from '../systems/process.ts'
import { cpuOf } from './cpu.ts'

/** One journey at one system, once. Times in milliseconds; CPU by operation. */
export interface Reading {
  operations: number
  server: number
  postgres: number
  redis: number
  /** All three. */
  cpu: number
  perSecond: number
  p50: number
  p99: number
}

export interface Load {
  /** People at once. */
  people: number
  /** Milliseconds, and operations, that a reading has at least. */
  least: number
  operations: number
  /** Operations that it has at most. */
  most?: number
}

export interface Servers {
  postgres: number
  redis: number
}

/** Runs a journey by so many people at once, each beginning anew as soon as they are through. */
export async function read(
  journey: Journey,
  { pids }: Pick<System, 'pids'>,
  servers: Servers,
  { people, least, operations, most = Infinity }: Load,
): Promise<Reading> {
  const parts = [pids, [servers.postgres], [servers.redis]]
  const took: number[] = []
  const before = parts.map(cpuOf)
  const began = performance.now()
  let begun = 0
  const wanted = (): boolean => begun < most && (begun < operations || performance.now() - began < least)
  const one = async (): Promise<void> => {
    while (wanted()) {
      begun++
      const at = performance.now()
      await journey()
      took.push(performance.now() - at)
    }
  }
  await Promise.all(Array.from({ length: people }, one))
  const elapsed = performance.now() - began
  const [server = 0, postgres = 0, redis = 0] = parts.map(
    (pidsOf, i) => (cpuOf(pidsOf) - (before[i] ?? 0)) / took.length,
  )
  took.sort((a, b) => a - b)
  const quantile = (q: number): number => took[Math.min(took.length - 1, Math.floor(q * took.length))] ?? 0
  return {
    operations: took.length,
    server,
    postgres,
    redis,
    cpu: server + postgres + redis,
    perSecond: (took.length / elapsed) * 1000,
    p50: quantile(0.5),
    p99: quantile(0.99),
  }
}

/** Of each figure the median over the rounds. */
export function median(readings: readonly Reading[]): Reading {
  const [first] = readings
  if (!first) throw new Error('nothing was measured')
  const middle = (name: keyof Reading): number => {
    const sorted = readings.map((reading) => reading[name]).sort((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] ?? 0
  }
  return Object.fromEntries(
    Object.keys(first).map((name) => [name, middle(name as keyof Reading)]),
  ) as unknown as Reading
}
