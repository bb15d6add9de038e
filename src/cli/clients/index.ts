import type { Command } from 'commander'
import { PROFILES } from '../../settings/profiles.ts'
import { doctor } from './doctor.ts'
import { newClient } from './new.ts'
import { listRegistered, makeToken, removeRegistered } from './registered.ts'
import { checkClients, listClients, showClient } from './show.ts'

/** The commands for applications; each resolves to the exit code of the process. */
export function addClientCommands(pforte: Command, ended: (code: number) => void): void {
  const clients = pforte.command('clients').description('list, show, check and make applications')

  clients
    .command('list')
    .description('list all applications')
    .action(() => ended(listClients()))

  clients
    .command('show <client_id>')
    .description('show what holds for an application, with all defaults and without secrets')
    .action((id) => ended(showClient(id)))

  clients
    .command('check')
    .description('check the files of all applications, and name what is worth a second look')
    .action(() => ended(checkClients()))

  clients
    .command('new')
    .description('write the file of a new application and make its secret; what is not given is asked')
    .option('--id <client_id>', 'what the application sends as client_id')
    .option('--name <name>', 'what people know it by')
    .option('--profile <profile>', `one of: ${PROFILES.join(', ')}`)
    .option('--redirect-uri <address>', 'where it takes answers')
    .option('--jwks-uri <address>', 'where it publishes its keys, in place of a secret')
    .action(async (given) => ended(await newClient(given)))

  clients
    .command('token')
    .description('make a token by which one application may register itself; shown once')
    .requiredOption('--profile <profile>', 'kind of application it is for')
    .option('--days <days>', 'how long it works', '7')
    .action(async (options) => ended(await makeToken(options)))

  clients
    .command('registered')
    .description('list the applications that registered themselves')
    .action(async () => ended(await listRegistered()))

  clients
    .command('remove <client_id>')
    .description('remove an application that registered itself, with its tokens')
    .action(async (id) => ended(await removeRegistered(id)))

  clients
    .command('doctor <client_id>')
    .description('say what people would meet at an application, and what it would be told')
    .option('--group <group>', 'customer group, by which policy rules select', '')
    .option('--reach', 'also try to reach its jwks_uri and backchannel_logout_uri')
    .action(async (id, options) => ended(await doctor(id, options)))
}
