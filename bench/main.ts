import { parseArgs } from 'node:util'
import { median, type Reading, read } from './measure/cell.ts'
import { memoryOf } from './measure/cpu.ts'
import { type Asked, difference } from './measure/stores.ts'
import { underLoad } from './measure/under-load.ts'
import { type Cell, PEOPLE, plan } from './plan.ts'
import { print } from './report.ts'
import { baseline, type Results, write } from './results.ts'
import { openWorld, type World } from './world.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
})
const FULL = {
  rounds: 5,
  load: { people: PEOPLE, least: 2_000, operations: 50 },
  accounts: 6_000,
  census: 50,
  warmUp: { least: 3_000, operations: 100 },
}
const QUICK = {
  rounds: 1,
  load: { people: PEOPLE, least: 400, operations: 24 },
  accounts: 1_500,
  census: 10,
  warmUp: { least: 0, operations: 16 },
}
const extent = values.quick ? QUICK : FULL
const count = Number(values.rounds ?? extent.rounds)

const name = ({ system, journey }: Cell): string => `${system}: ${journey}`

/** Each cell once in each round, in the other direction every other round, so that what drifts hits all alike. */
async function rounds(cells: readonly Cell[], world: World): Promise<Record<string, Reading>> {
  const readings = new Map<string, Reading[]>()
  for (let round = 0; round <= count; round++) {
    console.error(round === 0 ? 'warming up' : `round ${round} of ${count}`)
    const order = round % 2 === 0 ? cells : cells.toReversed()
    for (const cell of order) {
      const bounds = cell.most ? { most: cell.most } : {}
      // The first round warms up and counts for nothing.
      const load = round === 0 ? { ...extent.load, ...extent.warmUp } : extent.load
      const reading = await read(await cell.begin(), cell.at, world.servers, { ...load, ...bounds })
      if (round > 0) readings.set(name(cell), [...(readings.get(name(cell)) ?? []), reading])
    }
  }
  return Object.fromEntries([...readings].map(([key, all]) => [key, median(all)]))
}

/** What one operation asks of the stores, one person at a time; and the bytes of its pages. */
async function census(cells: readonly Cell[], world: World): Promise<Results['asked']> {
  const counted: [string, Asked & { requests: number; pageBytes: number }][] = []
  for (const { system, journey, begin, portal } of cells.filter(({ system }) => system === 'pforte')) {
    const run = await begin()
    // Connections that were ended are opened again, which is not the operation's doing.
    await world.asked()
    await run()
    const before = { ...(await world.asked()), ...portal.wire }
    for (let n = 0; n < extent.census; n++) await run()
    const after = { ...(await world.asked()), ...portal.wire }
    const asked = difference(before, after, extent.census)
    const requests = (after.requests - before.requests) / extent.census
    const pageBytes = (after.pageBytes - before.pageBytes) / extent.census
    counted.push([`${system}: ${journey}`, { ...asked, requests, pageBytes }])
  }
  return Object.fromEntries(counted)
}

const world = await openWorld()
try {
  const { cells: all, systems, close } = await plan(world, extent.accounts)
  try {
    const cells = all.filter((cell) => new RegExp(values.only).test(name(cell)))
    const readings = await rounds(cells, world)
    const loaded = await underLoad(all, world)
    const asked = await census(cells, world)
    const memory = Object.fromEntries(
      Object.entries(systems).map(([key, { ready, idle, pids }]) => [
        key,
        { ready, idle, loaded: memoryOf(pids) },
      ]),
    )
    const results: Results = { readings, asked, memory, loaded }
    print(results, baseline())
    write(results, values.write)
  } finally {
    close()
  }
  await world.close()
} catch (error) {
  process.exitCode = 1
  await world.close(error)
}
