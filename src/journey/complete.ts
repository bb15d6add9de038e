import { AppError } from '../domain/errors.ts'
import type { Machine } from '../domain/machine.ts'
import type { Deps } from './deps.ts'
import type { Passage } from './passage.ts'

/**
 * Records that a person came through, and says who. The gate judges once more before anything is given out.
 * A deletion that the person asked for is taken back. Where the account `isNew` on this machine, its owner is told.
 */
export async function complete(
  deps: Deps,
  { step, account, interaction }: Passage,
  on: Machine,
  isNew: (accountId: string) => boolean,
): Promise<string> {
  if (step.kind !== 'done' || !account) throw new AppError('not_permitted_now')
  const { acr, amr } = step.assurance
  await deps.stores.audit.append({
    event: 'login.completed',
    accountId: account.id,
    clientId: interaction.client.clientId,
    requestId: interaction.requestId,
    amr,
    ...(acr ? { acr } : {}),
    on,
    ...(isNew(account.id) ? { newOn: on } : {}),
  })
  await deps.stores.deletions.takeBack(account.id, {
    event: 'account.deletion_taken_back',
    accountId: account.id,
    requestId: interaction.requestId,
  })
  return account.id
}

/** Remembers what a person has agreed to let the application have, and says who. */
export async function consented(
  deps: Deps,
  { step, account, interaction }: Passage,
  items: readonly string[],
): Promise<string> {
  if (step.kind !== 'done' || !account) throw new AppError('not_permitted_now')
  const { client, requestId } = interaction
  const { clientId } = client
  const event = {
    event: 'consent.given',
    accountId: account.id,
    clientId,
    requestId,
    items,
  } as const
  await deps.stores.consents.give(account.id, clientId, items, event)
  return account.id
}

/** Records that a login ended without success, by the person's choice or because nothing can lead on. */
export async function refused(deps: Deps, { step, account, interaction }: Passage): Promise<void> {
  await deps.stores.audit.append({
    event: 'login.refused',
    clientId: interaction.client.clientId,
    requestId: interaction.requestId,
    reason: step.kind === 'refuse' ? step.why : 'cancelled',
    ...(account ? { accountId: account.id } : {}),
  })
}
