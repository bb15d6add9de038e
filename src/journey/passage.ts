import type { Account } from '../domain/account.ts'
import { type Ground, groundOf } from '../domain/binding.ts'
import { decide, type Facts, type Step } from '../domain/decide.ts'
import { AppError } from '../domain/errors.ts'
import type { Credential, FactorId, Show } from '../domain/factor.ts'
import type { Ask } from '../domain/policy.ts'
import { open as openCeremony } from './ceremony.ts'
import type { Asked, Deps, Relying } from './deps.ts'
import { load, type Progress, saveProgress } from './evidence.ts'
import { gather } from './facts.ts'
import { type Prompt, promptOf } from './prompt.ts'

/** Seconds an interaction may take; oidc-provider's own is set to the same. */
export const INTERACTION_LIFETIME = 60 * 60

/** Which interaction a request belongs to, as the protocol layer knows it. */
export interface Interaction {
  cid: string
  sessionUid: string | undefined
  client: Relying
  asked: Asked
  requestId: string
  /** The browser is that of a registered workplace. */
  workplace?: boolean
}

/** One request's view of one interaction: everything known, and the step that follows from it. */
export interface Passage {
  interaction: Interaction
  progress: Progress
  account: Account | undefined
  credentials: Credential[]
  step: Step
  ask: Ask
  /** What became of the pages that set something up; undefined as long as that is not decided. */
  prompt: Prompt | undefined
  /** On what a credential would be bound now. */
  ground: Ground | undefined
}

/** Loads the interaction's facts and decides. Nothing is written. */
export async function open(deps: Deps, interaction: Interaction): Promise<Passage> {
  const { cid, sessionUid, client, asked } = interaction
  const loaded = await load(deps, cid, sessionUid)
  const known = interaction.workplace ? 'workplace' : loaded.session?.shared
  const begun = {
    startedAt: deps.now(),
    proofs: [],
    skipped: [],
    ...(asked.wanted ? { wanted: asked.wanted } : {}),
  }
  const progress: Progress = { ...(loaded.progress ?? begun), ...(known ? { shared: known } : {}) }
  if (!loaded.progress || progress.shared) await save(deps, interaction, progress)
  const gathered = await gather(deps, client, asked, loaded.session, progress)
  const step = decide(gathered.facts)
  const prompt = promptOf(step, gathered, progress)
  return { interaction, progress, ...pick(gathered), step, prompt, ground: ground(progress, gathered.facts) }
}

const ground = (progress: Progress, facts: Facts): Ground | undefined => {
  if (progress.founded) return undefined
  return progress.lost ? 'recovery' : groundOf(facts)
}

const pick = ({ account, credentials, ask }: Awaited<ReturnType<typeof gather>>) => ({
  account,
  credentials,
  ask,
})

export const save = (deps: Deps, { cid }: Interaction, progress: Progress): Promise<void> =>
  saveProgress(deps, cid, progress, INTERACTION_LIFETIME)

/** The factors the step offers; none where it asks nothing. */
export const offered = (step: Step): FactorId[] => ('offer' in step ? step.offer : [])

/** Of several offered factors the one to show: the chosen one, else the first that was not passed over. */
export function suggested({ step, progress }: Passage): FactorId {
  const offer = offered(step)
  const chosen = offer.find((id) => id === progress.chosen)
  const rest = step.kind === 'enrol' ? offer.filter((id) => !progress.skipped.includes(id)) : offer
  const factor = chosen ?? rest[0] ?? offer.at(-1)
  if (factor === undefined) throw new AppError('not_permitted_now')
  return factor
}

/** What the browser is to be shown for this factor in this step; begins its ceremony where none is open. */
export function show(deps: Deps, passage: Passage, id: FactorId, language?: string): Promise<Show> {
  const factor = deps.factors.get(id)
  if (!factor || !offered(passage.step).includes(id)) throw new AppError('not_permitted_now')
  const { account, step } = passage
  const demand = 'toward' in step ? step.toward : undefined
  const purpose = purposeOf(step)
  // In the first step anybody may answer, not only the account a session knows.
  const known = step.kind === 'identify' ? [] : passage.credentials
  const existing = known.filter((c) => c.factor === id && !c.suspended)
  const within = { demand, language, shared: Boolean(passage.progress.shared) }
  const begin = () =>
    purpose === 'enrol' && account
      ? factor.beginEnrolment(account, existing, within)
      : factor.beginVerification(existing, within)
  return openCeremony(placeOf(deps, passage), factor, purpose, begin, language)
}

export const purposeOf = (step: Step): 'enrol' | 'verify' => (step.kind === 'enrol' ? 'enrol' : 'verify')

/** Who a ceremony belongs to: in the first step to nobody yet, even where a session knows an account. */
export const placeOf = (deps: Deps, { interaction, account, step }: Passage) => ({
  ephemeral: deps.stores.ephemeral,
  cid: interaction.cid,
  accountId: step.kind === 'identify' ? undefined : account?.id,
  now: deps.now(),
})

/** Picks one of the offered factors. */
export async function choose(deps: Deps, passage: Passage, id: FactorId): Promise<void> {
  if (!offered(passage.step).includes(id)) throw new AppError('not_permitted_now')
  await save(deps, passage.interaction, { ...passage.progress, chosen: id })
}

/**
 * Whether a set-up page may be passed over. Where set-up is required, only the one that is offered first, for another:
 * who passes over the passkey is led to TOTP, and there it ends.
 */
export function passable({ step, progress }: Passage, id: FactorId): boolean {
  if (step.kind !== 'enrol') return false
  const other = step.offer.some((f) => f !== id && !progress.skipped.includes(f))
  return step.skippable || (step.offer[0] === id && other)
}

/**
 * Passes a set-up page over. Where set-up is required this only leads to the next offered factor, and the last
 * one cannot be passed over, for good neither. What is remembered counts where set-up is merely offered.
 */
export async function skip(deps: Deps, passage: Passage, id: FactorId, forGood: boolean): Promise<void> {
  const { step, progress, account, interaction } = passage
  if (step.kind === 'vouch' && step.skippable) return later(deps, passage, step.before)
  if (step.kind !== 'enrol' || !step.offer.includes(id) || !account) throw new AppError('not_permitted_now')
  if (!passable(passage, id)) throw new AppError('not_permitted_now')
  const skipped = [...new Set([...progress.skipped, id])]
  const event = {
    event: 'prompt.skipped',
    factor: id,
    forGood,
    accountId: account.id,
    clientId: interaction.client.clientId,
    requestId: interaction.requestId,
  } as const
  if (forGood) await deps.stores.dismissals.add(account.id, deps.policy().epoch, id, event)
  else await deps.stores.audit.append(event)
  const { chosen: _, wanted: __, ...rest } = progress
  await save(deps, interaction, { ...rest, skipped })
}

/** Passes over all that would be set up after the signal. */
async function later(
  deps: Deps,
  { interaction, account, progress }: Passage,
  before: readonly FactorId[],
): Promise<void> {
  const { requestId, client } = interaction
  const common = { requestId, clientId: client.clientId, ...(account ? { accountId: account.id } : {}) }
  for (const factor of before)
    await deps.stores.audit.append({ ...common, event: 'prompt.skipped', factor, forGood: false })
  const { chosen: _, wanted: __, ...rest } = progress
  await save(deps, interaction, { ...rest, skipped: [...new Set([...progress.skipped, ...before])] })
}

/** Leaves the success page of a factor that was just set up, to set up another one besides where `wanted` says so. */
export async function acknowledge(
  deps: Deps,
  { interaction, progress, credentials }: Passage,
  wanted: FactorId | undefined,
): Promise<void> {
  const { celebrate: _, wanted: __, ...rest } = progress
  const besides = wanted && deps.factors.has(wanted) && !credentials.some((c) => c.factor === wanted)
  await save(deps, interaction, { ...rest, ...(besides ? { wanted } : {}) })
}
