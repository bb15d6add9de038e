import { MILESTONES, type Milestone, type RolloutCount } from '../../journey/ports.ts'
import { counted } from '../import/report.ts'
import { withStores } from '../open.ts'
import { instantOf } from './words.ts'

type Sum = Omit<RolloutCount, 'hour'>
interface Row {
  place: string
  sums: Record<Milestone, number>
  /** By what exactly went wrong. */
  details: Map<string, number>
}

/** Prints how far people came, by rule, stage and group, from what all instances have counted. Changes nothing. */
export const showRollout = ({ since }: { since?: string }): Promise<number> =>
  withStores(async ({ stores }) => {
    const rows = byPlace(await stores.rollouts.sums(since === undefined ? 0 : instantOf(since, '--since')))
    if (rows.length === 0) console.log('Nothing was counted yet: no stage of a rule has met anybody.')
    const width = Math.max(0, ...rows.map(({ place }) => place.length))
    const line = (place: string, cells: readonly string[]): void =>
      console.log([place.padEnd(width), ...cells.map((cell) => cell.padStart(10))].join(' ').trimEnd())
    if (rows.length > 0) line('', [...MILESTONES, 'share'])
    for (const { place, sums, details } of rows) {
      line(place, [...MILESTONES.map((what) => counted(sums[what])), share(sums)])
      for (const [detail, n] of [...details].sort(([, a], [, b]) => b - a)) line(`  ${detail}`, [counted(n)])
    }
    return 0
  })

/** The share of the stuck, as a brake judges it. */
function share({ enrolled, stuck }: Record<Milestone, number>): string {
  return enrolled + stuck === 0 ? '-' : `${((100 * stuck) / (enrolled + stuck)).toFixed(1)} %`
}

function byPlace(sums: readonly Sum[]): Row[] {
  const rows = new Map<string, Row>()
  for (const { rule, stage, group, what, detail, n } of sums) {
    const place = `${rule}, ${stage}, ${group}`
    const none = Object.fromEntries(MILESTONES.map((one) => [one, 0])) as Row['sums']
    const row = rows.get(place) ?? { place, sums: none, details: new Map<string, number>() }
    rows.set(place, row)
    row.sums[what] += n
    if (detail) row.details.set(`${what}: ${detail}`, (row.details.get(`${what}: ${detail}`) ?? 0) + n)
  }
  return [...rows.values()].sort((a, b) => a.place.localeCompare(b.place))
}
