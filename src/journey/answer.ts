import { randomUUID } from 'node:crypto'
import type { Account } from '../domain/account.ts'
import { ceiling, closed, gap, type Proof } from '../domain/assurance.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import { AppError } from '../domain/errors.ts'
import type {
  Answer,
  Credential,
  Enrolled,
  Factor,
  FactorId,
  Find,
  Hint,
  Purpose,
  Rejection,
} from '../domain/factor.ts'
import { forgive, type Origin, spend, unspend } from './attempts.ts'
import { type Taken, take } from './ceremony.ts'
import type { Deps } from './deps.ts'
import { merge, type Progress } from './evidence.ts'
import { type Candidate, inGoodStanding, known, named } from './identify.ts'
import type { Network } from './network.ts'
import { offered, type Passage, placeOf, save } from './passage.ts'
import { reporter } from './report.ts'

/**
 * What became of an answer. A rejection is shown on the same page; success leads back to `decide`. Without an account:
 * somebody was proven whom none of them knows.
 */
export type Outcome = { ok: true; accountId: string | undefined } | Rejected

export interface Rejected {
  ok: false
  reason: Rejection | 'too_many_attempts'
  hint: Hint | undefined
  /** Seconds to wait; Infinity where waiting does not help. */
  wait?: number
}

/** Whether this browser has logged this account in before. */
export type KnowsDevice = (accountId: string) => boolean

export interface From {
  address: string
  network: Network
  knows: KnowsDevice
}

/** Checks an answer to the current step. Throws `not_permitted_now` for one the step does not ask for. */
export async function answer(
  deps: Deps,
  passage: Passage,
  id: FactorId,
  given: Answer,
  from: From,
): Promise<Outcome> {
  const factor = deps.factors.get(id)
  if (!factor || !offered(passage.step).includes(id)) throw new AppError('not_permitted_now')
  return passage.step.kind === 'enrol'
    ? enrol(deps, passage, factor, given)
    : verify(deps, passage, factor, given, from)
}

async function verify(
  deps: Deps,
  passage: Passage,
  factor: Factor,
  given: Answer,
  from: From,
): Promise<Outcome> {
  const who = await candidate(deps, passage, factor.id, given)
  const origin: Origin = {
    network: from.network,
    address: from.address,
    knownDevice: who.account ? from.knows(who.account.id) : false,
  }
  const report = reporter(passage, factor.id, who.account?.id)

  const wait = await spend(deps.stores.attempts, factor.id, who.subject, origin)
  if (wait > 0) {
    await deps.stores.audit.append(report.refused('too_many_attempts'))
    return { ok: false, reason: 'too_many_attempts', hint: undefined, wait }
  }
  const ceremony = await ceremonyOf(deps, passage, factor, 'verify')
  if (!ceremony) return rejected(deps, report.refused('expired'), 'expired')

  const handed = new Set<Credential>()
  let verdict: Awaited<ReturnType<typeof factor.finishVerification>>
  try {
    verdict = await factor.finishVerification(ceremony.state, given, remembering(who.find, handed))
  } catch (error) {
    await unspend(deps.stores.attempts, factor.id, who.subject, origin).catch(() => {})
    throw error
  }
  if (!verdict.ok) {
    await ceremony.release(verdict.retry)
    if (verdict.suspend)
      await deps.stores.credentials.suspend(
        verdict.suspend,
        report.suspended(verdict.suspend, verdict.reason),
      )
    const refusal = report.refused(verdict.reason, verdict.hint)
    const outcome = await rejected(deps, refusal, verdict.reason, verdict.hint)
    if (!verdict.stranger || passage.step.kind !== 'identify') return outcome
    await meet(deps, passage, factor.id, verdict.stranger)
    return { ok: true, accountId: undefined }
  }
  const { credential, strength } = verdict.value
  const event = reporter(passage, factor.id, credential.accountId).verified(credential.id)
  const { credentials } = deps.stores
  // A factor that changed nothing has nothing to protect from parallel use: two devices may log in at once.
  const use = () =>
    (handed.has(credential) ? credentials.touch : credentials.use)(credential, deps.now(), event)
  const first = (await ceremony.spend()) && (await use())
  if (!first) return rejected(deps, report.refused('replayed'), 'replayed')

  const proof = { factor: factor.id, credentialId: credential.id, at: deps.now(), strength }
  await Promise.all([
    forgive(deps.stores.attempts, factor.id, who.subject, origin),
    prove(deps, passage, credential.accountId, proof, given.shared === 'on' ? { shared: true } : {}),
  ])
  return { ok: true, accountId: credential.accountId }
}

async function enrol(deps: Deps, passage: Passage, factor: Factor, given: Answer): Promise<Outcome> {
  const { account } = passage
  if (!account) throw new AppError('not_permitted_now')
  const report = reporter(passage, factor.id, account.id)
  const ceremony = await ceremonyOf(deps, passage, factor, 'enrol')
  if (!ceremony) return rejected(deps, report.refused('expired'), 'expired')

  const verdict = await factor.finishEnrolment(ceremony.state, given)
  if (!verdict.ok) {
    await ceremony.release(verdict.retry)
    return rejected(deps, report.refused(verdict.reason, verdict.hint), verdict.reason, verdict.hint)
  }
  if (!(await ceremony.spend())) return rejected(deps, report.refused('replayed'), 'replayed')
  try {
    return await settle(deps, passage, account, factor, verdict.value, deps.now())
  } catch (error) {
    // The app has the key already, the device its passkey: after an outage the same page is sent once more.
    await ceremony.restore().catch(() => {})
    throw error
  }
}

/** Stores what was set up, and counts it as proven at `at` (milliseconds). */
export async function settle(
  deps: Deps,
  passage: Passage,
  account: Account,
  factor: Factor,
  enrolled: Enrolled<unknown>,
  at: number,
): Promise<Outcome> {
  const report = reporter(passage, factor.id, account.id)
  const credentialId = randomUUID()
  const lost = passage.progress.lost ?? []
  // A factor of which an account has one is offered again only to take its place.
  const old = passage.credentials.filter(
    (c) => lost.includes(c.factor) || (factor.maxPerAccount === 1 && c.factor === factor.id),
  )
  const bound = passage.ground ? { ...enrolled, ground: passage.ground } : enrolled
  const stored = await deps.stores.credentials.enrol(
    credentialId,
    account.id,
    factor.id,
    bound,
    factor.maxPerAccount,
    old.length > 0 ? report.replaced(credentialId, old) : report.enrolled(credentialId),
    ...(old.length > 0
      ? [{ ids: old.map(({ id }) => id), ends: { keep: passage.interaction.sessionUid, at: deps.now() } }]
      : []),
  )
  const renewed = stored.ok ? undefined : await renew(deps, passage, factor, enrolled, report)
  if (!stored.ok && !renewed)
    return rejected(deps, report.refused('not_permitted'), 'not_permitted', { code: stored.reason })
  const proof = { factor: factor.id, credentialId: renewed ?? credentialId, at, strength: enrolled.strength }
  await prove(deps, passage, account.id, proof, { celebrate: factor.id })
  return { ok: true, accountId: account.id }
}

/** The id of the account's own credential that was set up once more, where its factor lets it be renewed. */
async function renew(
  deps: Deps,
  { credentials }: Passage,
  factor: Factor,
  { externalId, data, strength }: Enrolled<unknown>,
  report: ReturnType<typeof reporter>,
): Promise<string | undefined> {
  if (!factor.renewable || externalId === undefined) return undefined
  const held = inGoodStanding(credentials, factor.id).find((c) => c.externalId === externalId)
  if (!held) return undefined
  const stronger = !closed(gap([held.strength], ceiling([strength])))
  const renewed = stronger ? { ...held, data, strength } : held
  const used = await deps.stores.credentials.use(renewed, deps.now(), report.verified(held.id))
  return used ? held.id : undefined
}

const remembering =
  (find: Find<unknown>, handed: Set<Credential>): Find<unknown> =>
  async (externalId) => {
    const found = await find(externalId)
    for (const credential of found) handed.add(credential)
    return found
  }

/** In the first step whoever the answer names; later the account that is known already. */
function candidate(
  deps: Deps,
  passage: Passage,
  factor: FactorId,
  given: Answer,
): Promise<Candidate> | Candidate {
  const { step, account, credentials } = passage
  return step.kind === 'identify' || !account
    ? named(deps, factor, given)
    : known(account, credentials, factor)
}

/** The open ceremony; a factor that has nothing to remember has one in every state. */
async function ceremonyOf(
  deps: Deps,
  passage: Passage,
  factor: Factor,
  purpose: Purpose,
): Promise<Taken | undefined> {
  return factor.remembers(purpose) ? take(placeOf(deps, passage), factor, purpose) : STATELESS
}

const STATELESS: Taken = {
  state: null,
  spend: async () => true,
  restore: async () => {},
  release: async () => {},
}

/** Remembers who was proven, for the page that asks what they want. */
async function meet(
  deps: Deps,
  { interaction, progress: { chosen: _, ...progress } }: Passage,
  factor: FactorId,
  enrolled: Enrolled<unknown>,
): Promise<void> {
  await save(deps, interaction, { ...progress, stranger: { factor, enrolled, at: deps.now() } })
}

/** Adds a proof to the interaction. Another account's proofs and choices are dropped: one interaction, one account. */
export async function prove(
  deps: Deps,
  passage: Passage,
  accountId: string,
  proof: Proof,
  more: Partial<Progress> = {},
) {
  const { startedAt, proofs, skipped, shared, wanted, accountId: before, ...own } = passage.progress
  const same = before === accountId || before === undefined
  await save(deps, passage.interaction, {
    startedAt,
    accountId,
    proofs: same ? merge(proofs, [proof]) : [proof],
    skipped: same ? skipped : [],
    ...(shared === undefined ? {} : { shared }),
    ...(same && wanted && !more.celebrate ? { wanted } : {}),
    ...(same && own.stranger && !more.celebrate ? { stranger: own.stranger } : {}),
    ...(same && own.vouched ? { vouched: own.vouched } : {}),
    ...(same && own.founded ? { founded: own.founded } : {}),
    ...(same && own.lost && !more.celebrate ? { lost: own.lost } : {}),
    ...more,
  })
}

async function rejected(
  deps: Deps,
  event: AuditEvent,
  reason: Rejection,
  hint: Hint | undefined = undefined,
): Promise<Rejected> {
  await deps.stores.audit.append(event)
  return { ok: false, reason, hint }
}
