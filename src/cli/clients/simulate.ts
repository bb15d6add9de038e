import { type Assurance, join, NOTHING, type Proof } from '../../domain/assurance.ts'
import { decide, type Facts, type Held, type Step } from '../../domain/decide.ts'
import type { Factor, FactorId } from '../../domain/factor.ts'
import { ask } from '../../domain/policy.ts'
import type { ClientSettings, Live } from '../../settings/types.ts'

/** What one kind of person meets, page by page, and how it ends. */
export interface Way {
  pages: string[]
  end: { assurance: Assurance } | { refused: string }
}

const MOST_PAGES = 10

/**
 * Goes through a login at a client as `decide` would lead it: a person who has these factors, takes what is offered
 * first, and passes over what may be passed over.
 */
export function simulate(
  { policy }: Live,
  factors: ReadonlyMap<FactorId, Factor>,
  client: ClientSettings,
  person: { group: string; factors: readonly FactorId[] },
  now: number,
): Way {
  const demand = ask(policy, person, client.clientId, now)
  const credentials: Held[] = person.factors.flatMap((id) => heldOf(factors.get(id)))
  const proofs: Proof[] = []
  const skipped: FactorId[] = []
  const pages: string[] = []
  const prove = (id: FactorId): void => {
    const strength = factors.get(id)?.yields
    if (strength) proofs.push({ factor: id, credentialId: id, at: now, strength })
  }
  while (pages.length < MOST_PAGES) {
    const step = decide(factsOf())
    if (step.kind === 'done') return { pages, end: { assurance: step.assurance } }
    if (step.kind === 'refuse') return { pages, end: { refused: `${step.error} (${step.why})` } }
    take(step)
  }
  return { pages, end: { refused: 'no end was found' } }

  function take(step: Exclude<Step, { kind: 'done' | 'refuse' }>): void {
    const own = step.offer.find((id) => person.factors.includes(id)) ?? step.offer[0] ?? ''
    const others = step.offer.filter((id) => id !== own)
    const beside = others.length > 0 ? ` (or ${others.join(', ')})` : ''
    if (step.kind === 'enrol') {
      pages.push(`${step.skippable ? 'is offered to set up' : 'must set up'} ${own}${beside}`)
      if (step.skippable) return void skipped.push(...step.offer)
      credentials.push(...heldOf(factors.get(own)))
    } else pages.push(`shows ${own}${beside}`)
    prove(own)
  }

  function factsOf(): Facts {
    const wanted = client.defaultAcrValues ?? []
    return {
      now,
      since: now,
      ...(proofs.length > 0 ? { account: { locked: false } } : {}),
      proofs,
      credentials,
      factors: [...factors.values()],
      levels: policy.levels,
      required: join(demand.required, client.requirement ?? NOTHING),
      ...(demand.offered ? { offered: demand.offered } : {}),
      asked: policy.levels.filter(({ acr }) => wanted.includes(acr)),
      unknownAcr: false,
      interactive: true,
      enrolSince: 0,
      skipped,
    }
  }
}

const heldOf = (factor: Factor | undefined): Held[] =>
  factor ? [{ id: factor.id, factor: factor.id, strength: factor.yields, suspended: false }] : []
