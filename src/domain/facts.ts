import { join, type Level, NOTHING, type Proof, type Requirement } from './assurance.ts'
import { BINDING, type Ground, type Signal } from './binding.ts'
import type { Facts, Held, Offerable } from './decide.ts'
import type { FactorId } from './factor.ts'
import type { Ask, Policy } from './policy.ts'

/** What a relying party always demands, and by which name policy knows it. */
export interface Relying {
  clientId: string
  requirement?: Requirement
}

/** What one authorization request asks for (OIDC Core 3.1.2.1). */
export interface Asked {
  /** Any of these acr values will do; empty: none asked for. */
  acrValues: readonly string[]
  /** The request insists: if none of `acrValues` is known here, it fails. */
  essential: boolean
  /** Seconds. */
  maxAge?: number
  /** `prompt=login`: only what is proven within this interaction counts. */
  reauthenticate: boolean
  /** False under `prompt=none`. */
  interactive: boolean
  /** Pages of ours alone ask for these: a fresh proof of the most the account can prove; a factor to set up. */
  confirm?: boolean
  wanted?: FactorId
}

/** A person may bind a new credential on proofs of this age, or of this interaction; milliseconds. */
const FRESH_FOR_ENROLMENT = 5 * 60_000

/** Everything known at one moment, before it is put in the terms of `decide`. */
export interface Situation {
  now: number
  /** When the running interaction began. */
  since?: number
  policy: Policy
  /** What policy asks of this account at this client now. */
  ask: Ask
  factors: readonly Offerable[]
  client: Relying
  asked: Asked
  account?: { locked: boolean } | undefined
  /** All of this account, and the proofs that the request lets count. */
  credentials: readonly Standing[]
  proofs: readonly Proof[]
  /** Seconds after which a session ends. */
  sessionAbsolute: number
  skipped: readonly FactorId[]
  wanted?: FactorId | undefined
  /** What must come before a first factor, and has not come. */
  signal?: Signal | undefined
  /** What a code stands in for. */
  lost?: readonly FactorId[] | undefined
}

/** A credential as it is stored: when, and on what ground where that was not firm. */
export type Standing = Omit<Held, 'unsettled'> & { ground?: Ground; createdAt?: number }

/** The facts of a situation. Journeys, policy cases and forecasts all come through here. */
export function factsOf({ now, since, policy, ask, account, wanted, ...s }: Situation): Facts {
  const registered = new Map(s.factors.map((f) => [f.id, f]))
  const settles = (policy.binding ?? BINDING).settles
  const credentials = s.credentials.flatMap((c) => {
    const factor = registered.get(c.factor)
    return factor ? [held(c, factor, settles, now)] : []
  })
  return {
    now,
    ...(since === undefined ? {} : { since }),
    ...(account ? { account: { locked: account.locked } } : {}),
    proofs: account ? valid(s.proofs, credentials) : [],
    credentials,
    factors: s.factors,
    levels: policy.levels,
    ...levelsAsked(policy, s.asked),
    required: [
      ask.required,
      s.client.requirement ?? NOTHING,
      notOlderThan(s.asked.maxAge),
      notOlderThan(s.sessionAbsolute),
    ].reduce(join),
    ...(ask.offered ? { offered: ask.offered } : {}),
    interactive: s.asked.interactive,
    enrolSince: Math.min(now - FRESH_FOR_ENROLMENT, since ?? Infinity),
    ...(wanted ? { wanted } : {}),
    ...(s.asked.confirm ? { confirm: true } : {}),
    skipped: s.skipped,
    ...(s.signal ? { signal: s.signal } : {}),
    ...(s.lost ? { lost: s.lost } : {}),
  }
}

/** What helps out once is never settled; what was bound on weak ground, in time. */
function held(
  { ground, createdAt = 0, ...credential }: Standing,
  { helpsOut }: Offerable,
  settles: Readonly<Record<Ground, number>>,
  now: number,
): Held {
  if (helpsOut) return { ...credential, unsettled: { ground: 'recovery', until: Infinity } }
  const until = ground ? createdAt + settles[ground] : now
  return ground && until > now ? { ...credential, unsettled: { ground, until } } : credential
}

/** A proof counts as long as its credential is there and in good standing. */
function valid(proofs: readonly Proof[], credentials: readonly Held[]): Proof[] {
  const good = new Map(credentials.filter((c) => !c.suspended).map((c) => [c.id, c.unsettled]))
  return proofs.flatMap(({ unsettled: _, ...proof }) => {
    const unsettled = good.get(proof.credentialId)
    return good.has(proof.credentialId) ? [{ ...proof, ...(unsettled ? { unsettled } : {}) }] : []
  })
}

/** Unknown acr values are passed over, unless the request insists and none is known. */
function levelsAsked(policy: Policy, asked: Asked): { asked: Level[]; unknownAcr: boolean } {
  const known = asked.acrValues.flatMap((acr) => policy.levels.filter((level) => level.acr === acr))
  return { asked: known, unknownAcr: asked.essential && asked.acrValues.length > 0 && known.length === 0 }
}

const notOlderThan = (maxAge: number | undefined): Requirement =>
  maxAge === undefined ? NOTHING : { ...NOTHING, maxAge }
