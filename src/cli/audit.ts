import type { Command } from 'commander'
import { between, type ExportedRow, latest } from '../store/audit-rows.ts'
import { guarded } from '../store/postgres.ts'
import { CommandError } from './exit.ts'
import { counted } from './import/report.ts'
import { withStores } from './open.ts'
import { instantOf } from './policy/words.ts'

/** The commands for the audit trail; each resolves to the exit code of the process. */
export function addAuditCommands(pforte: Command, ended: (code: number) => void): void {
  const audit = pforte.command('audit').description('read, verify and export the audit trail')

  audit
    .command('tail')
    .description('print the latest rows, one JSON object per line')
    .option('-n <rows>', 'how many', '20')
    .action(async ({ n }) => ended(await tail(n)))

  audit
    .command('verify')
    .description(
      'follow the chain of the audit trail from its beginning; exit 1 if something is missing or changed',
    )
    .option('--head <seq:hex>', 'a head that was printed before, and must still be on the chain')
    .action(async ({ head }) => ended(await verify(head)))

  audit
    .command('export')
    .description('print all rows with their links, one JSON object per line')
    .option('--since <instant>', 'from this instant on; from the beginning, where left out')
    .option('--until <instant>', 'until before this instant; until now, where left out')
    .action(async ({ since, until }) => ended(await exportRows(since, until)))
}

async function tail(n: string): Promise<number> {
  const count = Number(n)
  if (!Number.isInteger(count) || count < 1 || count > 10_000)
    throw new CommandError('usage', `-n "${n}" is not a whole number from 1 to 10000.`)
  return withStores(async ({ pool }) => {
    for (const row of await guarded(() => latest(pool, count))) print(row)
    return 0
  })
}

const exportRows = (since: string | undefined, until: string | undefined): Promise<number> =>
  withStores(async ({ pool }) => {
    const from = since === undefined ? 0 : instantOf(since, '--since')
    const batches = between(pool, from, instantOf(until, '--until'))
    for (;;) {
      const { value, done } = await guarded(() => batches.next())
      if (done) return 0
      value.forEach(print)
    }
  })

const verify = (head: string | undefined): Promise<number> =>
  withStores(async ({ chain }) => {
    if (head !== undefined && !/^\d+:[0-9a-f]{64}$/.test(head))
      throw new CommandError('usage', `--head "${head}" is not a head that this command has printed.`)
    const report = await chain.verify(head)
    const { removed } = report
    if (removed)
      console.log(
        `${counted(removed.rows)} rows from before ${removed.until} were removed on ${removed.at}; the chain begins behind them.`,
      )
    if (report.broken) {
      console.log(`THE CHAIN IS BROKEN: ${report.broken}.`)
      console.log(`${counted(report.rows)} rows before that are as they were written.`)
      return 1
    }
    console.log(`The chain is whole: ${counted(report.rows)} rows.`)
    if (report.head) console.log(`head ${report.head}`)
    if (report.unsealed > 0)
      console.log(`${counted(report.unsealed)} ROWS ARE NOT ON IT, though they are older than ten minutes.`)
    if (report.outdated)
      console.log(
        'THE HEAD THAT WAS GIVEN CANNOT BE COMPARED: it lies in what was removed. Note down this one.',
      )
    return report.unsealed > 0 || report.outdated ? 1 : 0
  })

function print({ id, at, event, seq, link, data, ...ids }: ExportedRow): void {
  const known = Object.fromEntries(Object.entries(ids).filter(([, value]) => value !== null))
  console.log(
    JSON.stringify({
      id: Number(id),
      at,
      event,
      ...known,
      data: JSON.parse(data),
      seq: seq && Number(seq),
      link,
    }),
  )
}
