import { AppError } from '../domain/errors.ts'
import type { Enrolled, FactorId } from '../domain/factor.ts'
import type { Machine } from '../domain/machine.ts'
import { type Outcome, settle } from './answer.ts'
import type { Deps } from './deps.ts'
import type { Network } from './network.ts'
import { offered, type Passage, save } from './passage.ts'
import type { Handover, Limit } from './ports.ts'

/** Milliseconds for everything at the phone, an app that must first be found and installed included. */
export const HANDOVER = 30 * 60_000
/** Set-ups that one account begins. */
const BEGUN: Limit = { name: 'handover:begun', points: 20, seconds: 3600 }

/** What the phone has come to; it becomes a credential when the first device confirms. */
export interface AtPhone {
  /** The person has seen whose set-up it is and where it was begun, and goes on. */
  agreed: true
  enrolled?: Enrolled<unknown>
  number?: string
}

export const phoneKey = (id: string): string => `handover:${id}`

/** Whether this factor can be set up at a phone instead: where the step sets it up, and it needs nothing of this device. */
export const isPortable = ({ factors }: Deps, { step }: Passage, id: FactorId): boolean =>
  step.kind === 'enrol' && step.offer.includes(id) && factors.get(id)?.portable === true

/** Set-up is to go on at a phone. Returns seconds to wait. */
export async function beginHandover(
  deps: Deps,
  passage: Passage,
  factor: FactorId,
  at: { on: Machine; network: Network },
): Promise<number> {
  const { account, interaction } = passage
  if (!account || !isPortable(deps, passage, factor)) throw new AppError('not_permitted_now')
  const wait = await deps.stores.attempts.spend(BEGUN, account.id, 'durable')
  if (wait > 0) return wait
  const now = deps.now()
  const { clientId } = interaction.client
  const code = await deps.stores.handovers.begin(
    {
      place: interaction.cid,
      accountId: account.id,
      factor,
      begun: { ...at.on, clientId, network: at.network.key, at: now },
    },
    now + HANDOVER,
    { event: 'phone.invited', factor, accountId: account.id, clientId, requestId: interaction.requestId },
  )
  await save(deps, interaction, { ...passage.progress, handover: { factor, code } })
  return 0
}

/** The set-up that goes on at a phone, as long as this step wants it. */
export async function handoverOf(deps: Deps, passage: Passage): Promise<Handover | undefined> {
  const { progress, interaction, account, step } = passage
  if (!progress.handover || !offered(step).includes(progress.handover.factor)) return undefined
  const found = await deps.stores.handovers.atPlace(interaction.cid, deps.now())
  return found && found.accountId === account?.id && isPortable(deps, passage, found.factor)
    ? found
    : undefined
}

/** Back to set-up at this device; the phone can do nothing any more. */
export async function stopHandover(deps: Deps, passage: Passage): Promise<void> {
  const found = await deps.stores.handovers.atPlace(passage.interaction.cid, deps.now())
  if (found) await deps.stores.handovers.drop(found.id)
  const { handover: _, ...rest } = passage.progress
  await save(deps, passage.interaction, rest)
}

/**
 * What was set up at the phone becomes a credential of the account, for the number that the phone shows: whoever has
 * seen or stolen the code alone is shown it, and the person at this device does not type it.
 */
export async function confirmHandover(
  deps: Deps,
  passage: Passage,
  typed: string,
): Promise<Outcome | 'malformed' | 'wrong' | 'gone'> {
  const handover = await handoverOf(deps, passage)
  const { account, interaction } = passage
  if (!handover || !account) return 'gone'
  const number = typed.normalize('NFKC').replace(/[\s-]/g, '')
  if (!/^\d{6}$/.test(number)) return 'malformed'
  const { id, factor: factorId } = handover
  const common = {
    accountId: account.id,
    clientId: interaction.client.clientId,
    requestId: interaction.requestId,
  }
  const outcome = await deps.stores.handovers.redeem(id, number, deps.now(), (reason) => ({
    ...common,
    event: 'phone.refused',
    factor: factorId,
    reason,
  }))
  if (outcome !== 'right') return outcome
  const [raw] = await deps.stores.ephemeral.get([phoneKey(id)])
  const factor = deps.factors.get(factorId)
  const enrolled = raw === undefined ? undefined : (JSON.parse(raw) as AtPhone).enrolled
  if (!enrolled || !factor) return 'gone'
  await deps.stores.ephemeral.delete([phoneKey(id)])
  const { handover: _, ...progress } = passage.progress
  const data = factor.data.parse(enrolled.data)
  const stored = await settle(
    deps,
    { ...passage, progress },
    account,
    factor,
    { ...enrolled, data },
    deps.now(),
  )
  if (!stored.ok) await save(deps, interaction, progress)
  return stored
}
