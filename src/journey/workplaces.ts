import { heard } from '../domain/spoken.ts'
import type { Limit, Stores } from './ports.ts'

/** Milliseconds a code that registers a computer works. */
export const INVITED = 30 * 60_000
/** Codes typed in one network. */
const TYPED: Limit = { name: 'workplace', points: 20, seconds: 3600 }

interface WorkplaceDeps {
  stores: Pick<Stores, 'workplaces' | 'attempts'>
  now: () => number
}

export const isWorkplaceName = (name: string): boolean => /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,59}$/u.test(name)

/** A code that makes one computer the workplace of this name; `by`: the officer who asked for it, and the site. */
export const registrationCode = (
  { stores, now }: { stores: Pick<Stores, 'workplaces'>; now: () => number },
  name: string,
  by: { officer?: string; site?: string; requestId?: string } = {},
): Promise<string> =>
  stores.workplaces.invite(name, now() + INVITED, { event: 'workplace.invited', workplace: name, ...by })

/** False: there is none of this name. */
export const removeWorkplace = (
  { stores }: { stores: Pick<Stores, 'workplaces'> },
  name: string,
): Promise<boolean> => stores.workplaces.remove(name, { event: 'workplace.removed', workplace: name })

/** The id of the workplace that this computer is from now on; seconds to wait where too many codes were typed. */
export async function registerWorkplace(
  { stores, now }: WorkplaceDeps,
  typed: string,
  from: { network: string; requestId: string },
): Promise<{ id: string | undefined } | { wait: number }> {
  const wait = await stores.attempts.spend(TYPED, from.network, 'durable')
  if (wait > 0) return { wait }
  const event = { event: 'workplace.registered', requestId: from.requestId } as const
  return { id: await stores.workplaces.register(heard(typed), now(), event) }
}
