import type { Command } from 'commander'
import { grouped } from '../domain/spoken.ts'
import { INVITED, isWorkplaceName, registrationCode, removeWorkplace } from '../journey/workplaces.ts'
import { CommandError } from './exit.ts'
import { withStores } from './open.ts'

/** The commands for computers that one person after the other uses; each resolves to the exit code of the process. */
export function addWorkplaceCommands(pforte: Command, ended: (code: number) => void): void {
  const workplaces = pforte
    .command('workplaces')
    .description('register computers that one person after the other uses')

  workplaces
    .command('list')
    .description('list them')
    .action(async () => ended(await list()))

  workplaces
    .command('register <name>')
    .description('print a code that registers one computer, once, when it is typed there at /workplace')
    .action(async (name) => ended(await register(name)))

  workplaces
    .command('remove <name>')
    .description('a computer that was registered is one like any other again')
    .action(async (name) => ended(await remove(name)))
}

const list = (): Promise<number> =>
  withStores(async ({ stores }) => {
    for (const { name, registeredAt } of await stores.workplaces.all()) {
      const state = registeredAt === undefined ? 'code not typed yet' : new Date(registeredAt).toISOString()
      console.log(`${name}  ${state}`)
    }
    return 0
  })

const register = (name: string): Promise<number> => {
  if (!isWorkplaceName(name))
    throw new CommandError('usage', `"${name}" is no name for a workplace: up to 60 letters, digits, blanks.`)
  return withStores(async ({ stores }, { issuer }) => {
    const code = await registrationCode({ stores, now: Date.now }, name)
    console.log(`Open ${issuer}/workplace on that computer and type: ${grouped(code, 4)}`)
    console.log(`The code works once, and for ${INVITED / 60_000} minutes.`)
    return 0
  })
}

const remove = (name: string): Promise<number> =>
  withStores(async ({ stores }) => {
    if (!(await removeWorkplace({ stores }, name)))
      throw new CommandError('data', `There is no workplace "${name}".`)
    console.log(`${name} is a computer like any other again.`)
    return 0
  })
