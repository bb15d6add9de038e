import { AppError } from '../domain/errors.ts'

/** So many outages in a row, and the store is taken to be down. */
const FAILURES = 5
/** Milliseconds between two attempts to reach it again. */
const REST_MS = 1_000

/** In front of one store: while it is down nobody waits for it, but one call at a time that tries. */
export interface Circuit {
  /** Refuses at once while the store is down. */
  run<T>(work: () => Promise<T>): Promise<T>
  /** Tries in any case. */
  probe<T>(work: () => Promise<T>): Promise<T>
}

/** `now` in milliseconds. An outage is whatever rejects with `store_unavailable`; any other outcome is an answer. */
export function createCircuit(now: () => number = () => performance.now()): Circuit {
  let failures = 0
  let restUntil = 0
  let trying = false

  const probe = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      const result = await work()
      failures = 0
      return result
    } catch (error) {
      failures = isOutage(error) ? failures + 1 : 0
      // The first to try again is the one that follows at once: what broke many connections may be over already.
      if (failures > FAILURES) restUntil = now() + REST_MS
      throw error
    }
  }
  return {
    probe,
    async run(work) {
      if (failures < FAILURES) return probe(work)
      if (trying || now() < restUntil)
        throw new AppError('store_unavailable', { cause: new Error('known to be down') })
      trying = true
      return probe(work).finally(() => {
        trying = false
      })
    },
  }
}

const isOutage = (error: unknown): boolean => error instanceof AppError && error.code === 'store_unavailable'

/** For calls whose every failure means that nobody answered. */
export async function unavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new AppError('store_unavailable', { cause })
  }
}
