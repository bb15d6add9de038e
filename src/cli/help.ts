import type { Command } from 'commander'
import { heard } from '../domain/spoken.ts'
import { CommandError } from './exit.ts'
import { withStores } from './open.ts'

/** The command for the service desk and the hotline; resolves to the exit code of the process. */
export function addHelpCommand(pforte: Command, ended: (code: number) => void): void {
  pforte
    .helpCommand(false)
    .command('help <code>')
    .description('say where somebody is stuck, by the code that the page shows; never who')
    .action(async (code) => ended(await lookUp(code)))
}

async function lookUp(typed: string): Promise<number> {
  const code = heard(typed)
  if (!/^[A-Z2-9]{6}$/.test(code))
    throw new CommandError('usage', `"${typed}" is not a help code. For commands: pforte <command> --help`)
  return withStores(async ({ stores }) => {
    const found = await stores.helps.find(code)
    if (!found)
      throw new CommandError('data', `There is no code ${code}: it was misread, or is older than a day.`)
    const { at, flow, step, cause, clientId, browser, system } = found
    const machine = [browser, system].filter(Boolean).join(' on ')
    console.log(
      [
        `time     ${new Date(at).toISOString()}`,
        `flow     ${flow}${clientId ? ` at ${clientId}` : ''}`,
        `step     ${step}`,
        `cause    ${cause}`,
        `browser  ${machine || 'unknown'}`,
      ].join('\n'),
    )
    return 0
  })
}
