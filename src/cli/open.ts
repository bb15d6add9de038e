import { DatabaseError } from 'pg'
import { AppError } from '../domain/errors.ts'
import { loadSettings } from '../settings/load.ts'
import type { Settings } from '../settings/types.ts'
import { type OpenDatabase, type OpenStores, openDatabase, openStores } from '../store/index.ts'
import { guarded } from '../store/postgres.ts'
import { CommandError } from './exit.ts'

/** A connection that breaks fails the statement at hand, which reports it. */
const onError = (): void => {}

/** Settings and stores for one command. Redis holds nothing that a command changes: it is left alone. */
export async function withStores<T>(
  work: (opened: OpenStores, settings: Settings) => Promise<T>,
): Promise<T> {
  const settings = loadSettings(process.env)
  const { database, keyRing } = settings
  const opened = await openStores({ database, keyRing, onError })
  try {
    await mustFit(opened)
    return await work(opened, settings)
  } finally {
    await opened.close()
  }
}

/** The database as it is, migrated or not. */
export async function withDatabase<T>(
  work: (database: OpenDatabase, settings: Settings) => Promise<T>,
): Promise<T> {
  const settings = loadSettings(process.env)
  const opened = await openDatabase(settings.database, onError)
  return work(opened, settings).finally(opened.close)
}

/** What a command seals with a key ring other than the server's, the server cannot open. */
async function mustFit({ pool, stores }: OpenStores): Promise<void> {
  const { rows } = await guarded(() =>
    pool.query<{ account_id: string }>('SELECT account_id FROM credentials LIMIT 1'),
  )
  try {
    await stores.keys.signing(async () => [])
    if (rows[0]) await stores.credentials.ofAccount(rows[0].account_id)
  } catch (error) {
    if (error instanceof AppError || error instanceof DatabaseError || !(error instanceof Error)) throw error
    throw new CommandError('configuration', `PFORTE_KEY_RING is not that of this database: ${error.message}.`)
  }
}
