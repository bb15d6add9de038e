import { migrate, pending } from '../store/migrate.ts'
import { guarded } from '../store/postgres.ts'
import { isPooled } from '../store/primary.ts'
import { CommandError } from './exit.ts'
import { withDatabase } from './open.ts'

const POOLED =
  'Migrations hold a lock for a whole session: set DATABASE_URL to the server itself, not to its pooler.'

/** Brings the schema up to date. */
export const runMigrations = (): Promise<number> =>
  withDatabase(async ({ pool }, { database }) => {
    if ('url' in database && isPooled(database.url)) throw new CommandError('usage', POOLED)
    const ran = await guarded(() => migrate(pool))
    for (const name of ran) console.log(`ran ${name}`)
    if (ran.length === 0) console.log('The database is up to date.')
    return 0
  })

/** Names what has not run yet; 1 where there is anything. */
export const checkMigrations = (): Promise<number> =>
  withDatabase(async ({ pool }) => {
    const names = await guarded(() => pending(pool))
    for (const name of names) console.log(`pending ${name}`)
    if (names.length === 0) console.log('The database is up to date.')
    return names.length === 0 ? 0 : 1
  })
