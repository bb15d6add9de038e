import { plannable } from '../../composition.ts'
import { braked } from '../../domain/brake.ts'
import type { Demanding } from '../../domain/removal.ts'
import type { Settings } from '../../settings/types.ts'
import { guarded } from '../../store/postgres.ts'
import { createRollouts } from '../../store/rollouts.ts'
import { roughCount, type Surveyed, survey } from '../../store/survey.ts'
import { CommandError } from '../exit.ts'
import { counted } from '../import/report.ts'
import { withDatabase } from '../open.ts'
import { openCsv } from './csv.ts'
import { createProgress } from './progress.ts'
import { count, judge, type Tally } from './tally.ts'
import { instantIn, instantOf, WHY } from './words.ts'

export interface Options {
  at?: string
  client?: string
  csv?: string
  /** Percent of the accounts that may be stuck. */
  threshold: string
}

/** More people than permitted would be stuck. */
const TOO_MANY = 2

/**
 * Forecasts how the login of each account would end at an instant, by the decisions that the provider itself takes.
 * What a brake holds at present is held then, too. Reads all accounts once and writes nothing but the file of those who are not ready yet.
 */
export async function simulatePolicy(options: Options): Promise<number> {
  const now = instantOf(options.at)
  const permitted = percentOf(options.threshold)
  return withDatabase(async ({ pool }, settings) => {
    const { operator } = settings.live
    const policy = braked(settings.live.policy, await guarded(() => createRollouts(pool).pulls()))
    const at = {
      policy,
      factors: plannable(settings),
      sessionAbsolute: settings.session.absolute,
      mails: settings.mail !== undefined,
      now,
    }
    const judged = judge(at, clientsOf(settings, options.client))
    const tallies = new Map<string, Tally>()
    const csv = options.csv === undefined ? undefined : await openCsv(options.csv)
    const progress = createProgress(await guarded(() => roughCount(pool)))
    try {
      const batches = survey(pool)
      for (;;) {
        const { value, done } = await guarded(() => batches.next())
        if (done) break
        const unready = judgeAll(value, judged, tallies)
        await csv?.write(unready)
        progress.advance(value.length)
      }
    } finally {
      progress.end()
      await csv?.close()
    }
    const { stuck, all } = report(tallies, instantIn(operator.zone)(now))
    return stuck > (all * permitted) / 100 ? TOO_MANY : 0
  })
}

/** Counts each account; returns the rows of those whose login does not simply succeed. */
function judgeAll(
  accounts: readonly Surveyed[],
  judged: ReturnType<typeof judge>,
  tallies: Map<string, Tally>,
): string[][] {
  return accounts.flatMap((account) => {
    const found = judged(account)
    count(tallies, account, found)
    const { ending, clientId } = found
    if (account.locked) return [[account.id, account.group, 'locked', '', '']]
    if (ending.as === 'satisfied') return []
    return [[account.id, account.group, ending.as, ending.as === 'stuck' ? ending.why : '', clientId]]
  })
}

/** The clients at which people sign in, or the one that was named. */
function clientsOf({ live: { clients } }: Settings, named: string | undefined): Demanding[] {
  const all = [...clients.values()].filter((client) => client.grantTypes.includes('authorization_code'))
  if (named === undefined) return all.length > 0 ? all : [{ clientId: '' }]
  const one = all.find((client) => client.clientId === named)
  if (!one) throw new CommandError('usage', `There is no client "${named}" at which people sign in.`)
  return [one]
}

function percentOf(written: string): number {
  const percent = Number(written)
  if (written.trim() !== '' && percent >= 0 && percent <= 100) return percent
  throw new CommandError('usage', `--threshold "${written}" is not a percentage.`)
}

function report(tallies: ReadonlyMap<string, Tally>, when: string): { stuck: number; all: number } {
  const sum = { stuck: 0, all: 0 }
  console.log(`Logins at ${when}:`)
  for (const [group, { satisfied, enrols, locked, stuck }] of [...tallies].sort()) {
    const stuckHere = [...stuck.values()].reduce((a, b) => a + b, 0)
    const all = satisfied + enrols + locked + stuckHere
    sum.stuck += stuckHere
    sum.all += all
    console.log(`${group}: ${counted(all)} accounts`)
    line(satisfied, 'satisfied')
    line(enrols, 'can enrol during login')
    line(locked, 'locked')
    line(stuckHere, 'would be stuck')
    for (const [why, n] of [...stuck].sort()) line(n, `  ${WHY[why as keyof typeof WHY]}`)
  }
  console.log(`${counted(sum.stuck)} of ${counted(sum.all)} accounts would be stuck.`)
  return sum
}

const line = (n: number, what: string): void => console.log(`${counted(n).padStart(12)}  ${what}`)
