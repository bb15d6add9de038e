import { dirname } from 'node:path'
import { type OpenStores, openStores } from '../../src/store/index.ts'
import type { Backend } from './backends.ts'

const KEY = Buffer.alloc(32, 9)
export const KEY_RING = [{ id: 'test', key: KEY }]

/** The environment in which the administration command works on this backend. */
export const environmentOf = ({ database, redisUrl }: Backend): Record<string, string> => ({
  PFORTE_KEY_RING: `test:${KEY.toString('base64')}`,
  ...('url' in database ? { DATABASE_URL: database.url } : { PFORTE_DATA: dirname(database.folder) }),
  ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
})

/** Looks into the same stores between two commands; the embedded one has room for one process at a time. */
export async function withStores<T>(
  { database, redisUrl }: Backend,
  work: (opened: OpenStores) => Promise<T>,
): Promise<T> {
  const opened = await openStores({
    database,
    ...(redisUrl ? { redisUrl } : {}),
    keyRing: KEY_RING,
    onError: () => {},
  })
  return work(opened).finally(opened.close)
}
