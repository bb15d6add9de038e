import type { Command } from 'commander'
import { CommandError } from './exit.ts'
import { withStores } from './open.ts'

export function addSessionCommands(pforte: Command, ended: (code: number) => void): void {
  pforte
    .command('sessions')
    .description('end what people are signed in by')
    .command('end')
    .description('sign everybody out everywhere: after a backup was restored, or keys were lost')
    .option('--yes', 'it is meant')
    .action(async (options) => ended(await endSessions(options)))
}

/**
 * A backup knows nothing of what was revoked, exchanged or used since: all that could be used a second time ends. What
 * is short-lived in Redis is not reached from here.
 */
async function endSessions({ yes }: { yes?: boolean }): Promise<number> {
  if (!yes) throw new CommandError('usage', 'Everybody will have to sign in again. Add --yes if you mean it.')
  return withStores(async ({ stores }, { redisUrl }) => {
    const sessions = await stores.sessions.endAll(Date.now())
    console.log(`Ended all sessions (${sessions}), refresh tokens and mailed codes.`)
    if (redisUrl) console.log('Empty Redis too, where logins are under way: redis-cli FLUSHDB.')
    return 0
  })
}
