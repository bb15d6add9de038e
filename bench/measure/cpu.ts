import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts in hundredths of a second, to user space everywhere. */
const TICK_MS = 10

/** Milliseconds of CPU that these processes have used, with their threads and with children that are there or were. */
export function cpuOf(roots: readonly number[]): number {
  const parents = new Map(stats().map(({ pid, parent }) => [pid, parent]))
  const isOurs = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at))
      if (roots.includes(at)) return true
    return false
  }
  return stats()
    .filter(({ pid }) => isOurs(pid))
    .reduce((sum, { ticks }) => sum + ticks * TICK_MS, 0)
}

interface Stat {
  pid: number
  parent: number
  /** User and system time, its own and that of children that have ended. */
  ticks: number
}

function stats(): Stat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(name) ?? [])
}

/** proc_pid_stat(5). Undefined where the process has just ended. */
function statOf(pid: string): Stat | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = line
      .slice(line.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [parent = 0] = fields.slice(1, 2)
    const ticks = fields.slice(11, 15).reduce((sum, n) => sum + n, 0)
    return { pid: Number(pid), parent, ticks }
  } catch {
    return undefined
  }
}

/** Megabytes that these processes have for themselves: what is shared counts in shares (PSS). */
export function memoryOf(pids: readonly number[]): number {
  const kilobytes = pids.map(
    (pid) => /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1],
  )
  return kilobytes.reduce((sum, kb) => sum + Number(kb) / 1024, 0)
}
