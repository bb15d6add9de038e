import type { Requirement } from '../../domain/assurance.ts'
import { brakedRule, type Pull } from '../../domain/brake.ts'
import type { Step } from '../../domain/decide.ts'
import type { Ending } from '../../domain/forecast.ts'
import { beginOf, type Rule, STAGES, type Stage, stageOf } from '../../domain/policy.ts'
import { instant } from '../../settings/schema-policy.ts'
import { CommandError } from '../exit.ts'

const STAGE = { announce: 'announced', prompt: 'set-up offered', require: 'required' } as const

/** The stage a rule is in, what is still to come, and what a pause or its brake holds. */
export function standing(
  rule: Rule,
  now: number,
  when: (ms: number) => string,
  pulls: readonly Pull[] = [],
): string {
  const inForce = brakedRule(rule, pulls)
  const held = (name: Exclude<Stage, 'before'>): string => {
    if (beginOf(rule, name) === Infinity) return ', but held by a pause'
    return beginOf(inForce, name) === Infinity ? ', but HELD BY ITS BRAKE' : ''
  }
  const stage = stageOf(inForce, now)
  const begun = stage === 'before' ? 'not begun' : `${STAGE[stage]} since ${when(rule[stage] ?? now)}`
  const coming = STAGES.slice(STAGES.indexOf(stage) + 1).flatMap((name) => {
    const at = name === 'before' ? undefined : rule[name]
    if (name === 'before' || at === undefined) return []
    return [`${STAGE[name]} from ${when(at)}${held(name)}`]
  })
  return [begun, ...coming].join(', ')
}

/** Milliseconds as a date and time in a zone. */
export function instantIn(timeZone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone })
  return (ms) => `${format.format(ms)} (${timeZone})`
}

/** What was given as `--at`; now where nothing was. */
export function instantOf(written: string | undefined, option = '--at'): number {
  if (written === undefined) return Date.now()
  const parsed = instant.safeParse(written)
  if (parsed.success) return Date.parse(parsed.data)
  const [issue] = parsed.error.issues
  throw new CommandError('usage', `${option} ${issue?.message}. Write it like 2025-04-29T00:00:00+02:00.`)
}

export function demanded(r: Requirement): string {
  return [
    r.distinctKinds === 2 ? 'two kinds of proof' : 'one proof',
    ...(r.phishingResistant ? ['resistant to phishing'] : []),
    ...(r.identity === 'none' ? [] : [`identity proven (${r.identity})`]),
    ...(r.settled ? ['of settled credentials alone'] : []),
    ...(r.maxAge === undefined ? [] : [`not older than ${r.maxAge} seconds`]),
    ...(r.permitted ? [`only by ${r.permitted.join(', ') || 'nothing'}`] : []),
  ].join(', ')
}

export function stepped(step: Step): string {
  switch (step.kind) {
    case 'identify':
      return `ask who it is, by ${step.offer.join(' or ')}`
    case 'verify':
      return `ask for ${step.offer.join(' or ')}`
    case 'enrol':
      return `${step.skippable ? 'offer to set up' : 'set up'} ${step.offer.join(' or ')}`
    case 'vouch':
      return `ask for ${step.by.replaceAll('_', ' ')} before ${step.before.join(' or ')} is set up`
    case 'done':
      return `let in, with acr ${step.assurance.acr ?? 'none'} and amr ${step.assurance.amr.join(' ')}`
    case 'refuse':
      return `refuse: ${WHY[step.why]}`
  }
}

/** Why somebody would be stuck. */
export const WHY: Record<Extract<Ending, { as: 'stuck' }>['why'], string> = {
  account_locked: 'the account is locked',
  silent: 'nobody may be asked',
  unknown_acr: 'the level asked for is not configured',
  no_factor_reaches_it: 'no factor that could still be set up leads there',
  strongest_is_suspended: 'the strongest credential is suspended',
  not_settled: 'what the account has was set up too recently',
  desk_first: 'they must prove who they are at the desk before',
  cannot_begin: 'no usable credential can begin a login',
}
