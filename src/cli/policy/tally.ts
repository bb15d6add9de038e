import type { Standing } from '../../domain/facts.ts'
import { type Circumstances, type Ending, forecast } from '../../domain/forecast.ts'
import type { Demanding } from '../../domain/removal.ts'
import { shareOf } from '../../domain/share.ts'
import type { Surveyed } from '../../store/survey.ts'

/** The worst ending an account meets at any client, and where. */
export interface Worst {
  ending: Ending
  clientId: string
}

/** Accounts of one group by how their logins end; those stuck, by reason. */
export interface Tally {
  satisfied: number
  enrols: number
  /** Locked by the operator: no policy's doing. */
  locked: number
  stuck: Map<string, number>
}

/** Different ways of holding credentials are few; should they ever not be, memory stays bounded all the same. */
const REMEMBERED = 10_000

const BADNESS = { satisfied: 0, enrols: 1, stuck: 2 } as const

/** Judges accounts one by one; those that differ in nothing that matters are judged once. */
export function judge(
  at: Omit<Circumstances, 'client' | 'acrValues'>,
  clients: readonly Demanding[],
): (account: Surveyed) => Worst {
  const shares = at.policy.rules.flatMap(({ percent }) => (percent === undefined ? [] : [percent]))
  const judged = new Map<string, Worst>()
  return (account) => {
    const within = shares.map((percent) => (shareOf(account.id) < percent ? 1 : 0)).join('')
    const key = [account.group, account.locked, account.reachable, within, account.held].join('\n')
    const known = judged.get(key)
    if (known) return known
    const found = worst(account, at, clients)
    if (judged.size >= REMEMBERED) judged.clear()
    judged.set(key, found)
    return found
  }
}

function worst(
  account: Surveyed,
  at: Omit<Circumstances, 'client' | 'acrValues'>,
  clients: readonly Demanding[],
): Worst {
  const held = (JSON.parse(account.held) as Omit<Standing, 'id'>[]).map((one, i) => ({
    ...one,
    id: String(i),
  }))
  const endings = clients.map((client): Worst => {
    const acrValues = client.defaultAcrValues ?? []
    return { ending: forecast(account, held, { ...at, client, acrValues }).ending, clientId: client.clientId }
  })
  return endings.reduce((a, b) => (BADNESS[b.ending.as] > BADNESS[a.ending.as] ? b : a))
}

/** Counts one account in its group. */
export function count(tallies: Map<string, Tally>, { group, locked }: Surveyed, { ending }: Worst): void {
  const tally = tallies.get(group) ?? { satisfied: 0, enrols: 0, locked: 0, stuck: new Map() }
  tallies.set(group, tally)
  if (locked) tally.locked++
  else if (ending.as !== 'stuck') tally[ending.as]++
  else tally.stuck.set(ending.why, (tally.stuck.get(ending.why) ?? 0) + 1)
}
