import type { Logger } from 'pino'
import type { Observing } from './observe/index.ts'
import type { Live, Settings } from './settings/types.ts'
import type { OpenStores } from './store/index.ts'

/** What all parts of one running provider share. */
export interface Running {
  settings: Settings
  /** The configuration as it is now. */
  live: () => Live
  opened: OpenStores
  observing: Observing
  log: Logger
  /** Milliseconds since 1970. */
  now: () => number
}
