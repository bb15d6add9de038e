import type { Cell } from '../plan.ts'
import type { World } from '../world.ts'
import { read } from './cell.ts'

/** What applications and the event loop feel while passwords saturate every core. Milliseconds. */
export interface UnderLoad {
  /** The 99th percentile of client credentials, with nobody else there and while people sign in. */
  alone: number
  crowded: number
  /** The event loop's: how late its timers come, beyond the ten milliseconds at which they are due. */
  loop: { p50: number; p99: number; max: number }
}

const CROWD = 16
const LEAST = { least: 3_000, operations: 100 }
/** Milliseconds between two looks at the event loop (`monitorEventLoopDelay`), which its figures include. */
const RESOLUTION = 10

export async function underLoad(cells: readonly Cell[], world: World): Promise<UnderLoad> {
  const [login, credentials] = ['login', 'client credentials'].map((name) =>
    cells.find(({ system, journey }) => system === 'pforte' && journey === name),
  )
  if (!login || !credentials) throw new Error('nothing to load it with')
  const cell = async (one: Cell, people: number) =>
    read(await one.begin(), one.at, world.servers, { people, ...LEAST })
  const alone = await cell(credentials, 1)
  await scrape(login, world)
  const [crowded] = await Promise.all([cell(credentials, 1), cell(login, CROWD)])
  const lag = await scrape(login, world)
  return {
    alone: alone.p99,
    crowded: crowded.p99,
    loop: { p50: lag('p50'), p99: lag('p99'), max: lag('max') },
  }
}

/** The server's own metrics; the event loop's figures begin anew with each look. */
async function scrape({ portal }: Cell, { config }: World): Promise<(name: string) => number> {
  const headers = { authorization: `Bearer ${config.metricsToken}` }
  const response = await portal.wire.fetch(`${portal.issuer}/metrics`, { headers })
  const text = await response.text()
  return (name) => {
    const [, seconds] = new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)`, 'm').exec(text) ?? []
    if (seconds === undefined) throw new Error('the server says nothing of its event loop')
    return Number(seconds) * 1000 - RESOLUTION
  }
}
