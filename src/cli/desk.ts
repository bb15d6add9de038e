import type { Command } from 'commander'
import { loginName } from '../domain/account.ts'
import { deskReport } from '../store/desk-report.ts'
import { guarded } from '../store/postgres.ts'
import { CommandError } from './exit.ts'
import { withStores } from './open.ts'
import { instantOf } from './policy/words.ts'

const COUNTS = ['opened', 'asked', 'issued', 'approved', 'redeemed', 'refused', 'accounts'] as const

/** The commands for the service desk. */
export function addDeskCommands(pforte: Command, ended: (code: number) => void): void {
  pforte
    .command('desk')
    .description('what the service desk does')
    .command('report')
    .description('print what each officer did at each site, from the audit trail')
    .option('--since <instant>', 'from this instant on; from the beginning, where left out')
    .option('--until <instant>', 'until before this instant; until now, where left out')
    .option('--officer <name>', 'one officer alone, by user name')
    .action(async (options) => ended(await report(options)))
}

const report = (options: { since?: string; until?: string; officer?: string }): Promise<number> =>
  withStores(async ({ pool, stores }) => {
    const since = options.since === undefined ? 0 : instantOf(options.since, '--since')
    const until = instantOf(options.until, '--until')
    const officer =
      options.officer === undefined ? undefined : await stores.accounts.byLogin(loginName(options.officer))
    if (options.officer !== undefined && !officer)
      throw new CommandError('noAccount', `There is no account "${options.officer}".`)
    const rows = await guarded(() =>
      deskReport(pool, { since, until, ...(officer ? { officer: officer.id } : {}) }),
    )
    if (rows.length === 0) console.log('Nothing was done at the service desk.')
    const names = rows.map(({ username, officer, site }) => `${username ?? officer}, ${site}`)
    const width = Math.max(0, ...names.map(({ length }) => length))
    if (rows.length > 0) console.log(line('', width, COUNTS))
    for (const [i, row] of rows.entries())
      console.log(
        line(
          names[i] ?? '',
          width,
          COUNTS.map((what) => String(row[what])),
        ),
      )
    return 0
  })

const line = (name: string, width: number, cells: readonly string[]): string =>
  [name.padEnd(width), ...cells.map((cell) => cell.padStart(9))].join(' ')
