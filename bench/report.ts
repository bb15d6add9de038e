import { type Goal, goals } from './goals.ts'
import type { Results } from './results.ts'

/** Ratios first, then what they are made of; beside them what the baseline had. */
export function print(results: Results, before: Results | undefined): void {
  const was = new Map(before ? goals(before).map(({ name, value }) => [name, value]) : [])
  console.log('\nRatios within this run')
  table(
    ['', 'is', 'must', 'aim', '', 'baseline', 'change'],
    goals(results).map((goal) => {
      const old = was.get(goal.name)
      const change = old === undefined ? '' : `${((goal.value / old - 1) * 100).toFixed(0)} %`
      return [
        goal.name,
        number(goal.value),
        number(goal.must),
        number(goal.aim),
        verdict(goal),
        number(old),
        change,
      ]
    }),
  )
  console.log('\nMilliseconds of CPU by operation; operations by second and their milliseconds by the clock')
  table(
    ['', 'CPU', 'server', 'PostgreSQL', 'Redis', 'by second', 'p50', 'p99'],
    Object.entries(results.readings).map(([name, r]) => [
      name,
      ...[r.cpu, r.server, r.postgres, r.redis, r.perSecond, r.p50, r.p99].map(number),
    ]),
  )
  console.log('\nAsked of the stores by operation')
  table(
    [
      '',
      'requests',
      'page bytes',
      'transactions',
      'rows written',
      'Redis commands',
      'keys kept',
      'bytes kept',
    ],
    Object.entries(results.asked).map(([name, a]) => [
      name,
      ...[a.requests, a.pageBytes, a.transactions, a.rows, a.commands, a.keys, a.bytes].map(number),
    ]),
  )
  console.log('\nMilliseconds until ready; megabytes after the start and after all this')
  table(
    ['', 'ready', 'idle', 'loaded'],
    Object.entries(results.memory).map(([name, m]) => [name, ...[m.ready, m.idle, m.loaded].map(number)]),
  )
}

const verdict = ({ value, must, aim }: Goal): string =>
  value <= aim ? 'aim met' : value <= must ? 'met' : 'MISSED'

const number = (value: number | undefined): string =>
  value === undefined ? '' : value >= 100 ? value.toFixed(0) : value.toPrecision(3)

function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [head, ...rows]
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)))
  for (const row of all)
    console.log(
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  '),
    )
}
