import { AppError } from '../domain/errors.ts'
import type { Deps } from './deps.ts'
import { redeemCode, sendCode } from './mailed-code.ts'
import type { Network } from './network.ts'
import { type Passage, save } from './passage.ts'
import type { MailedFor } from './ports.ts'

export type Typed = Awaited<ReturnType<typeof redeemCode>>

/** Mails the owner of the account a code before its first factor is set up. Returns seconds to wait. */
export async function sendToOwner(deps: Deps, passage: Passage, network: Network): Promise<number> {
  const { account, bound } = vouching(passage)
  const wait = await sendCode(
    deps,
    bound,
    { accountId: account.id },
    {
      ...asker(passage),
      // The password is proven: hundreds behind one address of a mobile network may set up their first factor at once.
      network: { key: network.key },
    },
  )
  if (wait === 0) await save(deps, passage.interaction, { ...passage.progress, mailed: true })
  return wait
}

/** The code that came by mail shows whose account it is, and the first factor may be set up in this interaction. */
export async function vouch(deps: Deps, passage: Passage, typed: string): Promise<Typed> {
  const { bound } = vouching(passage)
  const outcome = await redeemCode(deps, bound, typed, asker(passage))
  const { mailed: _, ...rest } = passage.progress
  if (outcome === 'right') await save(deps, passage.interaction, { ...rest, vouched: 'mailed_code' })
  return outcome
}

function vouching({ step, account, interaction }: Passage) {
  if (step.kind !== 'vouch' || step.by !== 'mailed_code' || !account) throw new AppError('not_permitted_now')
  const bound: MailedFor = { purpose: 'first_factor', holder: account.id, place: interaction.cid }
  return { account, bound }
}

/** Who asks, as far as that is known. */
export const asker = ({ account, interaction: { client, requestId } }: Passage) => ({
  accountId: account?.id,
  clientId: client.clientId,
  requestId,
})
