import type { Account } from '../domain/account.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import { pardon } from './attempts.ts'
import type { Deps } from './deps.ts'

const DAY = 24 * 60 * 60_000
const BATCH = 20

/**
 * Erases the account once `days` have passed; until then a sign-in takes it back (`complete.ts`). All sessions end.
 * Without days to wait it is erased here and now.
 */
export async function askForDeletion(
  deps: Deps,
  account: Account,
  days: number,
  requestId: string,
): Promise<void> {
  const now = deps.now()
  const due = now + days * DAY
  const event = { event: 'account.deletion_asked', due, accountId: account.id, requestId } as const
  await deps.stores.deletions.ask(account.id, now, due, event)
  if (days === 0) await erase(deps, account, 'person', now)
}

/** Erases the accounts whose time has come. Says whether there may be more. */
export async function eraseDue(deps: Deps): Promise<boolean> {
  const now = deps.now()
  const due = await deps.stores.deletions.due(now, BATCH)
  for (const id of due) {
    const account = await deps.stores.accounts.byId(id)
    if (account) await erase(deps, account, 'person', now)
  }
  return due.length === BATCH
}

/** `dueBy`: only where its deletion is due. False: it was not, or the account is gone. */
export async function erase(
  { stores, factors }: Pick<Deps, 'stores' | 'factors'>,
  account: Account,
  by: 'person' | 'cli',
  dueBy?: number,
): Promise<boolean> {
  const event: AuditEvent = { event: 'account.erased', by, accountId: account.id }
  const erased = await stores.deletions.erase(account.id, event, dueBy)
  const forgotten = { event: 'attempts.pardoned', accountId: account.id } as const
  if (erased) await pardon(stores.attempts, [...factors.keys()], account, forgotten)
  return erased
}
