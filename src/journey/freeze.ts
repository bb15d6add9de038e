import { heard } from '../domain/spoken.ts'
import type { Deps } from './deps.ts'
import type { Limit } from './ports.ts'

/** Codes typed at one address. */
const TYPED: Limit = { name: 'freeze', points: 20, seconds: 3600 }

/**
 * Locks the account that the code from a notice belongs to. Whoever types it learns nothing: a code that is wrong, or
 * was used, looks the same. Returns seconds to wait, 0 where the code was looked at.
 */
export async function freeze(
  { stores, now }: Pick<Deps, 'stores' | 'now'>,
  typed: string,
  from: { address: string; requestId: string },
): Promise<number> {
  const wait = await stores.attempts.spend(TYPED, from.address, 'fast')
  if (wait > 0) return wait
  await stores.freezes.redeem(heard(typed), now(), { event: 'account.frozen', requestId: from.requestId })
  return 0
}
