import type { Proof } from './assurance.ts'
import { decide, type Held, type Offerable, type Step } from './decide.ts'
import type { FactorId, Identity } from './factor.ts'
import { factsOf, type Relying } from './facts.ts'
import { ask, type Policy } from './policy.ts'
import { shareOf } from './share.ts'

/** What must hold of a policy: who, with what proven, where and when, and the step that must follow. */
export interface PolicyCase {
  name: string
  account: {
    group: string
    factors: readonly FactorId[]
    suspended: readonly FactorId[]
    /** Where it is absent, factors that prove an identity do so as well as they can. */
    identity?: Identity
    /** Between 0 and 100. */
    share: number
  }
  proven: readonly FactorId[]
  /** Seconds since then. */
  age: number
  clientId?: string
  acrValues: readonly string[]
  at: number
  /** What is absent may be anything. */
  expect: { step: Step['kind']; offer?: readonly FactorId[]; skippable?: boolean; acr?: string; why?: string }
}

/** The step that follows in a case. */
export function stepIn(
  one: PolicyCase,
  policy: Policy,
  client: Relying,
  factors: readonly Offerable[],
  sessionAbsolute: number,
): Step {
  const { account, at } = one
  const holding = (suspended: boolean) => (id: FactorId) => held(id, suspended, factors, account.identity)
  const credentials = [
    ...account.factors.flatMap(holding(false)),
    ...account.suspended.flatMap(holding(true)),
  ]
  const proofs = credentials
    .filter((c) => !c.suspended && one.proven.includes(c.factor))
    .map(({ id, ...c }): Proof => ({ ...c, credentialId: id, at: at - one.age * 1000 }))
  const facts = factsOf({
    now: at,
    policy,
    ask: ask(policy, { id: accountAt(account.share), group: account.group }, client.clientId, at),
    factors,
    client,
    asked: { acrValues: one.acrValues, essential: false, reauthenticate: false, interactive: true },
    account: { locked: false },
    credentials,
    proofs,
    sessionAbsolute,
    skipped: [],
  })
  return decide(facts)
}

function held(
  id: FactorId,
  suspended: boolean,
  factors: readonly Offerable[],
  identity: Identity | undefined,
): Held[] {
  const yields = factors.find((f) => f.id === id)?.yields
  if (!yields) return []
  const strength = identity && yields.identity !== 'none' ? { ...yields, identity } : yields
  return [{ id: suspended ? `${id} suspended` : id, factor: id, strength, suspended }]
}

/** An id that stands at this place, to a tenth. */
function accountAt(share: number): string {
  for (let n = 0; ; n++) {
    const id = String(n)
    const off = shareOf(id) - share
    if (off >= 0 && off < 0.1) return id
  }
}

/** In what a step differs from what was expected; empty where it does not. */
export function differences(step: Step, { expect }: PolicyCase): string[] {
  const said: Record<string, unknown> = {
    step: step.kind,
    offer: 'offer' in step ? [...step.offer].sort().join(', ') : undefined,
    skippable: step.kind === 'enrol' ? step.skippable : undefined,
    acr: step.kind === 'done' ? step.assurance.acr : undefined,
    why: step.kind === 'refuse' ? step.why : undefined,
  }
  const wanted: Record<string, unknown> = {
    ...expect,
    ...(expect.offer ? { offer: [...expect.offer].sort().join(', ') } : {}),
  }
  return Object.keys(wanted)
    .filter((key) => said[key] !== wanted[key])
    .map((key) => `${key} is ${said[key] ?? 'none'}, not ${wanted[key]}`)
}

/** The customer groups that a policy and its cases name. */
export const groupsNamed = (policy: Policy, cases: readonly PolicyCase[]): ReadonlySet<string> =>
  new Set([...policy.rules.flatMap((rule) => rule.groups ?? []), ...cases.map((one) => one.account.group)])
