import { closed, gap, join, NOTHING, permits, type Requirement, strengths } from './assurance.ts'
import type { Held, Offerable } from './decide.ts'
import type { Relying } from './facts.ts'
import { ask, type Policy, type Subject, stageOf } from './policy.ts'

/** What one login may ask for one day: any of these requirements will do. */
export type Demand = readonly Requirement[]

/** A relying party with the levels that its requests name where they name none; client settings fit it. */
export interface Demanding extends Relying {
  defaultAcrValues?: readonly string[]
}

/**
 * Never without a factor: whether the account, without this credential, can still sign in and still meets each of
 * `demands` that it meets today. A demand out of its reach already is no reason to keep anything. Not counted: what is
 * suspended, what only helps out once, and what could be set up during a login, which would rest on less than the
 * account can prove today.
 */
export function mayRemove(
  credentials: readonly Held[],
  id: string,
  factors: readonly Offerable[],
  demands: readonly Demand[],
): boolean {
  const counts = new Map(factors.filter((f) => !f.helpsOut).map((f) => [f.id, f]))
  const before = credentials.filter((c) => !c.suspended && counts.has(c.factor))
  const after = before.filter((c) => c.id !== id)
  if (after.length === before.length) return true
  return (
    after.some((c) => counts.get(c.factor)?.identifies) &&
    demands.every((demand) => !meets(before, demand) || meets(after, demand))
  )
}

/**
 * Everything that may be demanded of this account at its next login, whenever and wherever that is: at every client,
 * now and at each instant at which a rule that people have been told of becomes mandatory. A rule that is not even
 * announced holds nobody to anything yet.
 */
export function demandsAhead(
  policy: Policy,
  who: Subject,
  clients: readonly Demanding[],
  now: number,
): Demand[] {
  const told = { ...policy, rules: policy.rules.filter((rule) => stageOf(rule, now) !== 'before') }
  const instants = [now, ...told.rules.flatMap(({ require = now }) => (require > now ? [require] : []))]
  return [{ clientId: '' }, ...clients].flatMap((client: Demanding) =>
    instants.map((at) => {
      const base = join(ask(told, who, client.clientId, at).required, client.requirement ?? NOTHING)
      const asked = policy.levels.filter((level) => client.defaultAcrValues?.includes(level.acr))
      return asked.length > 0 ? asked.map((level) => join(base, level.requirement)) : [base]
    }),
  )
}

const meets = (credentials: readonly Held[], demand: Demand): boolean =>
  demand.some((requirement) => {
    const counted = credentials.filter((c) => permits(requirement, c.factor))
    return counted.length > 0 && closed(gap(strengths(counted), requirement))
  })
