import { closed, gap, permits, strengths } from '../domain/assurance.ts'
import type { Policy, Rule, Stage } from '../domain/policy.ts'
import type { Ephemeral, Milestone } from '../journey/ports.ts'
import type { Passage, Watcher } from '../journey/watcher.ts'
import type { Counts } from './counts.ts'

export interface RolloutDeps {
  count: Counts['count']
  ephemeral: Pick<Ephemeral, 'create'>
  policy: () => Policy
  /** Groups that are counted by name; all others together are `other`. */
  groups: () => ReadonlySet<string>
  /** Hears of what could not be counted. */
  onError: (error: unknown) => void
}

export interface Rollout extends Pick<Watcher, 'prompted' | 'answered' | 'ended'> {
  /** Resolves once all that was told so far is counted. */
  settled(): Promise<void>
}

/** Seconds an interaction lives at most, and a day: who is stuck three times on one day is one person who is stuck. */
const [LOGIN, DAY] = [3600, 24 * 3600]
/** Wrong answers in one login after which somebody counts as stuck. */
const TRIES = 3

/**
 * What becomes of people in the stages of a roll-out. Counted once for each login, whichever instance it meets, by keys
 * that only the first one can create; nothing here is waited for.
 */
export function createRollout({ count: add, ephemeral, policy, groups, onError }: RolloutDeps): Rollout {
  const running = new Set<Promise<void>>()
  const later = (work: () => Promise<void>): void => {
    const one: Promise<void> = work()
      .catch(onError)
      .finally(() => running.delete(one))
    running.add(one)
  }
  const first = (key: string, seconds: number) => ephemeral.create(`rollout:${key}`, '1', seconds)
  const count = (who: Concerned, what: Milestone, detail = ''): void => {
    const group = groups().has(who.group) ? who.group : 'other'
    for (const { rule, stage } of who.rules) add({ rule, stage, group, what, detail })
  }
  const once = async (who: Concerned, what: Milestone): Promise<void> => {
    if (who.rules.length > 0 && (await first(`${who.cid}:${what}`, LOGIN))) count(who, what)
  }
  const stuck = async (who: Concerned, why: string): Promise<void> => {
    const where = who.rules.map(({ rule, stage }) => `${rule}:${stage}`).join()
    if (where && (await first(`stuck:${who.id}:${where}`, DAY))) count(who, 'stuck', why)
  }
  const failed = async (who: Concerned, factor: string, reason: string): Promise<void> => {
    count(who, 'failed', `${factor} ${reason}`)
    // Who broke off has not failed: a passkey that is put off leads to another page.
    if (reason === 'cancelled') return
    for (let n = 1; n <= TRIES; n++)
      if (await first(`${who.cid}:failed:${n}`, LOGIN))
        return n === TRIES ? stuck(who, 'after three tries') : undefined
  }

  return {
    prompted({ shown }, passage) {
      later(async () => {
        await once(everybodyIn(passage), 'seen')
        if (shown) await once(concernedIn(passage, policy()), 'prompted')
      })
    },
    answered(passage, factor, outcome) {
      if (passage.step.kind !== 'enrol') return
      later(async () => {
        const who = concernedIn(passage, policy())
        await once(who, 'started')
        if (outcome.ok) await once(who, 'enrolled')
        else if (who.rules.length > 0) await failed(who, factor, outcome.reason)
      })
    },
    ended(passage) {
      const { step } = passage
      const why = step.kind === 'refuse' ? step.why : 'gave up'
      if (step.kind === 'enrol' ? step.skippable : !POLICYS_DOING.has(why)) return
      later(() => stuck(concernedIn(passage, policy()), why))
    },
    async settled() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}

/** Refusals that a roll-out can be to blame for. */
const POLICYS_DOING = new Set(['no_factor_reaches_it', 'strongest_is_suspended'])

interface Concerned {
  cid: string
  id: string
  group: string
  rules: { rule: string; stage: Stage }[]
}

/** The account with the rules that match it and have begun. */
function everybodyIn({ interaction, account, ask }: Passage): Concerned {
  const rules = account ? ask.matched.filter(({ stage }) => stage !== 'before') : []
  return { cid: interaction.cid, id: account?.id ?? '', group: account?.group ?? '', rules }
}

/** The same, with those rules alone that the account does not meet yet with what it has. */
function concernedIn(passage: Passage, { rules }: Policy): Concerned {
  const who = everybodyIn(passage)
  const unmet = (name: string): boolean => rules.some((rule) => rule.name === name && !meets(passage, rule))
  return { ...who, rules: who.rules.filter(({ rule }) => unmet(rule)) }
}

function meets({ credentials }: Passage, { demand }: Rule): boolean {
  const counted = credentials.filter((c) => !c.suspended && permits(demand, c.factor))
  return counted.length > 0 && closed(gap(strengths(counted), demand))
}
