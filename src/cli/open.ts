import { loadSettings } from '../settings/load.ts'
import type { Settings } from '../settings/types.ts'
import { type OpenDatabase, type OpenStores, openDatabase, openStores } from '../store/index.ts'

/** A connection that breaks fails the statement at hand, which reports it. */
const onError = (): void => {}

/** Settings and stores for one command. Redis holds nothing that a command changes: it is left alone. */
export async function withStores<T>(
  work: (opened: OpenStores, settings: Settings) => Promise<T>,
  settings = loadSettings(process.env),
): Promise<T> {
  const { database, keyRing } = settings
  const opened = await openStores({ database, keyRing, onError })
  return work(opened, settings).finally(opened.close)
}

/** The database as it is, migrated or not. */
export async function withDatabase<T>(work: (database: OpenDatabase) => Promise<T>): Promise<T> {
  const opened = await openDatabase(loadSettings(process.env).database, onError)
  return work(opened).finally(opened.close)
}
