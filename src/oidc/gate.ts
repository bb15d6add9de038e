import { errors, interactionPolicy, type KoaContextWithOIDC, type Session } from 'oidc-provider'
import type { Assurance } from '../domain/assurance.ts'
import { decide, type RefusalError } from '../domain/decide.ts'
import { machineOf } from '../domain/machine.ts'
import type { Deps, Relying } from '../journey/deps.ts'
import { load, merge, saveSession } from '../journey/evidence.ts'
import { gather } from '../journey/facts.ts'
import type { Evidence } from '../journey/ports.ts'
import { isOurs, type Registered } from './clients.ts'
import { askedBy } from './request.ts'

const { Check, base } = interactionPolicy

/** Checks of the library that judge by what the session claims; ours judges by proofs. */
const REPLACED = ['max_age', 'essential_acrs', 'essential_acr']

export interface GateDeps extends Deps {
  relying: (clientId: string) => Relying
  client: (clientId: string) => Registered | undefined
}

/**
 * The interaction policy with the one gate in front of every code and token: the same `decide` that chooses the
 * pages, asked again on each authorization request and each resume.
 */
export function gatePolicy(deps: GateDeps): interactionPolicy.DefaultPolicy {
  const policy = base()
  const login = policy.get('login')
  if (!login) throw new Error('oidc-provider has no login prompt')
  for (const reason of REPLACED) login.checks.remove(reason)
  // Ours decides who is asked for consent (`consentFor`), by what the client's address proves.
  policy.get('consent')?.checks.remove('native_client_prompt')
  login.checks.add(
    new Check('demand', 'End-User authentication is required', 'login_required', (ctx) => passes(deps, ctx)),
    0,
  )
  return policy
}

/** Returns whether to prompt; throws where no interaction can help. */
async function passes(deps: GateDeps, ctx: KoaContextWithOIDC): Promise<boolean> {
  const { session, params, client } = ctx.oidc
  if (!session || !params || !client) throw new Error('the gate stands behind session, parameters and client')
  if (deps.client(client.clientId)?.signedAnswers && !/(^|\.)jwt$/.test(String(params.response_mode)))
    throw new errors.InvalidRequest('response_mode must be jwt')
  const cid = ctx.oidc.entities.Interaction?.cid
  const loaded = await load(deps, cid, session.accountId && session.uid)
  // An interaction in which nobody has proven anything yet is the session's own.
  const own = <T extends { accountId?: string }>(of: T | undefined): T | undefined =>
    session.accountId !== undefined && (of?.accountId ?? session.accountId) === session.accountId
      ? of
      : undefined
  const progress = own(loaded.progress)
  const asked = askedBy(params, ctx.oidc.deviceCode !== undefined)
  const before: Evidence | undefined = session.accountId
    ? (own(loaded.session) ?? { accountId: session.accountId, proofs: [] })
    : undefined
  const { facts } = await gather(deps, deps.relying(client.clientId), asked, before, progress)

  const step = decide(facts)
  // What time alone will mend is told to the person, not to the application.
  const told = step.kind === 'refuse' && step.why === 'not_settled' && asked.interactive
  if (step.kind === 'refuse' && !told) throw refusal(step.error, step.why)
  if (step.kind !== 'done' || !before) return Check.REQUEST_PROMPT
  project(session, step.assurance)
  const proofs = merge(before.proofs, progress?.proofs ?? [])
  await deps.stores.sessions.seen(
    {
      uid: session.uid,
      accountId: before.accountId,
      lastSeenAt: deps.now(),
      ...machineOf(ctx.get('user-agent')),
    },
    deps.sessionAbsolute,
    applicationIn(session, client.clientId),
  )
  const evidence = { ...before, proofs, ...(progress?.shared ? { shared: true } : {}) }
  await saveSession(deps, session.uid, evidence, deps.sessionIdle)
  return Check.NO_NEED_TO_PROMPT
}

/** Undefined for our own pages, and for an application that the person has not agreed to yet. */
function applicationIn(session: Session, clientId: string): { clientId: string; sid: string } | undefined {
  const sid = isOurs(clientId) ? undefined : session.sidFor(clientId)
  return sid === undefined ? undefined : { clientId, sid }
}

/** Tokens take these from the session; they are derived afresh on each pass and never trusted as stored. */
function project(session: object, { acr, amr, authTime }: Assurance): void {
  Object.assign(session, { acr, amr, loginTs: authTime })
}

function refusal(error: RefusalError, why: string): Error {
  switch (error) {
    case 'login_required':
      return new errors.LoginRequired(why)
    case 'interaction_required':
      return new errors.InteractionRequired(why)
    case 'unmet_authentication_requirements':
      return new errors.UnmetAuthenticationRequirements(why)
    case 'access_denied':
      return new errors.AccessDenied(why)
  }
}
