import { loadSettings } from '../settings/load.ts'
import type { Settings } from '../settings/types.ts'
import { type OpenDatabase, type OpenStores, openDatabase, openStores } from '../store/index.ts'
import { guarded } from '../store/postgres.ts'

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
    // What a command seals with a key ring other than the server's, the server cannot open.
    await guarded(opened.stores.keys.fits)
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
