import { migrate, pending } from '../store/migrate.ts'
import { guarded } from '../store/postgres.ts'
import { withDatabase } from './open.ts'

/** Brings the schema up to date. */
export const runMigrations = (): Promise<number> =>
  withDatabase(async ({ pool }) => {
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
