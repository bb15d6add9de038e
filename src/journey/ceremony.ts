import type { Factor, FactorId, Purpose, Show } from '../domain/factor.ts'
import type { Ephemeral } from './ports.ts'

/**
 * One begin/finish round. The state is kept here, single use, and never reaches the browser. A factor that has
 * nothing to remember (`null`) needs no store at all.
 */
interface Stored {
  /** Another account's ceremony is never continued. */
  accountId: string | null
  state: unknown
  /** Milliseconds; checked against the journey's clock, not the store's alone. */
  expiresAt: number
}

/** Ten minutes to answer; half an hour to set up, because an app may first have to be found and installed. */
const LIFETIME: Record<Purpose, number> = { verify: 10 * 60, enrol: 30 * 60 }

export interface Place {
  ephemeral: Ephemeral
  cid: string
  accountId: string | undefined
  now: number
}

export type Begin = () => Promise<{ show: Show; remember: unknown }>

/** Shows the open ceremony of this interaction again, unchanged, or begins one. */
export async function open(
  place: Place,
  factor: Factor,
  purpose: Purpose,
  begin: Begin,
  language?: string,
): Promise<Show> {
  if (!factor.remembers(purpose)) return (await begin()).show
  const key = keyOf(place.cid, purpose, factor.id)
  for (;;) {
    const [raw] = await place.ephemeral.get([key])
    const stored = raw === undefined ? undefined : valid(raw, place)
    if (stored) return factor.resume(factor.state.parse(stored.state), purpose, language)
    if (raw !== undefined) await place.ephemeral.replace(key, raw, null)
    const { show, remember } = await begin()
    if (remember === null) return show
    if (await place.ephemeral.create(key, write(place, purpose, remember), LIFETIME[purpose])) return show
  }
}

/** An open ceremony in the hand of one request. */
export interface Taken {
  state: unknown
  /** Spends the ceremony. False: another request did. Call before anything is written that rests on it. */
  spend(): Promise<boolean>
  /** Gives a spent one back, where nothing came of what rested on it. */
  restore(): Promise<void>
  /** Lets the same challenge be answered again, with this state; undefined spends it. */
  release(retry: unknown): Promise<void>
}

/** The ceremony that an answer belongs to; undefined where it has expired, was spent, or is another account's. */
export async function take(place: Place, factor: Factor, purpose: Purpose): Promise<Taken | undefined> {
  const key = keyOf(place.cid, purpose, factor.id)
  const [raw] = await place.ephemeral.get([key])
  const stored = raw === undefined ? undefined : valid(raw, place)
  if (raw === undefined || !stored) return undefined
  return {
    state: factor.state.parse(stored.state),
    spend: () => place.ephemeral.replace(key, raw, null),
    restore: async () => void (await place.ephemeral.create(key, raw, LIFETIME[purpose])),
    release: async (retry) => {
      const next = retry === undefined ? null : JSON.stringify({ ...stored, state: retry })
      await place.ephemeral.replace(key, raw, next)
    },
  }
}

function valid(raw: string, place: Place): Stored | undefined {
  const stored = JSON.parse(raw) as Stored
  return stored.accountId === (place.accountId ?? null) && stored.expiresAt > place.now ? stored : undefined
}

const write = (place: Place, purpose: Purpose, state: unknown): string =>
  JSON.stringify({
    accountId: place.accountId ?? null,
    state,
    expiresAt: place.now + LIFETIME[purpose] * 1000,
  } satisfies Stored)

const keyOf = (cid: string, purpose: Purpose, factor: FactorId): string =>
  `ceremony:${cid}:${purpose}:${factor}`
