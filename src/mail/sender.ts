import { type Job, repeat } from '../jobs/repeat.ts'
import type { Freezes, Letter, Outbox } from '../journey/ports.ts'
import type { Mail } from './compose.ts'
import type { Smtp } from './smtp.ts'

const PAUSE_MS = 2_000
const BATCH = 20
/** Seconds until the next try, doubled each time. */
const [FIRST_RETRY, LAST_RETRY] = [15, 3600]

export interface SenderDeps {
  outbox: Outbox
  freezes: Freezes
  smtp: Smtp
  /** `freeze`: the code with which its reader can lock the account. */
  compose: (letter: Letter, freeze: string | undefined) => Mail
  /** Hears of what could not be sent, and of a store that does not answer. */
  onError: (error: unknown, letter?: Letter) => void
}

/** Sends what lies in the outbox, until stopped. Several instances share the work. */
export function startSender(deps: SenderDeps): Job {
  const unnoted = new Set<string>()
  const job = repeat(() => sendDue(deps, unnoted), PAUSE_MS, deps.onError)
  return {
    async stop() {
      await job.stop()
      deps.smtp.close()
    },
  }
}

/**
 * One batch. Says whether there may be more. What was handed over while the store was away (`unnoted`) is noted before
 * anything is claimed: a claim that ran out would else bring it back.
 */
async function sendDue(deps: SenderDeps, unnoted: Set<string>): Promise<boolean> {
  for (const id of unnoted) {
    await deps.outbox.sent(id)
    unnoted.delete(id)
  }
  const letters = await deps.outbox.claim(BATCH)
  await Promise.all(
    letters.map((letter) => sendOne(deps, unnoted, letter).catch((error) => deps.onError(error, letter))),
  )
  return letters.length === BATCH
}

async function sendOne(deps: SenderDeps, unnoted: Set<string>, letter: Letter): Promise<void> {
  const { outbox, smtp, compose, onError } = deps
  try {
    const freeze = await freezeCodeOf(deps, letter)
    await smtp.send(letter.to, { ...compose(letter, freeze), id: letter.id, at: letter.at })
  } catch (error) {
    onError(error, letter)
    const wait = Math.min(FIRST_RETRY * 2 ** (letter.tries - 1), LAST_RETRY)
    return outbox.later(letter.id, wait)
  }
  unnoted.add(letter.id)
  await outbox.sent(letter.id)
  unnoted.delete(letter.id)
}

/** A locked account needs no other lock, and nothing has happened to that of an address someone tried to register. */
const WITHOUT_CODE = new Set(['account.frozen', 'registration.known'])

/** Whoever asked for a code is no victim. */
async function freezeCodeOf({ freezes }: SenderDeps, { id, accountId, event, data }: Letter) {
  if (!accountId || data.code || WITHOUT_CODE.has(event)) return undefined
  return freezes.codeFor({ id, accountId })
}
