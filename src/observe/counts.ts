import type { RolloutCount, Rollouts } from '../journey/ports.ts'

const HOUR = 3600_000

export interface Counts {
  count(one: Omit<RolloutCount, 'hour' | 'n'>): void
  /** Writes what was counted; what cannot be written is kept for the next time. */
  flush(): Promise<void>
}

/** Counts in memory, and writes the sums now and then: their number is bounded by that of the names. */
export function createCounts(rollouts: Pick<Rollouts, 'add'>, now: () => number): Counts {
  let pending = new Map<string, RolloutCount>()
  const add = (count: RolloutCount): void => {
    const { n, ...names } = count
    const key = JSON.stringify(names)
    pending.set(key, { ...names, n: (pending.get(key)?.n ?? 0) + n })
  }
  return {
    count({ rule, stage, group, what, detail }) {
      add({ rule, stage, hour: Math.floor(now() / HOUR) * HOUR, group, what, detail, n: 1 })
    },
    async flush() {
      if (pending.size === 0) return
      const counts = [...pending.values()]
      pending = new Map()
      try {
        await rollouts.add(counts)
      } catch (error) {
        counts.forEach(add)
        throw error
      }
    },
  }
}
