import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { join, NOTHING, type Requirement } from '../domain/assurance.ts'
import type { Binding } from '../domain/binding.ts'
import type { Brake } from '../domain/brake.ts'
import type { Policy, Rule } from '../domain/policy.ts'
import type { Findings } from './findings.ts'
import type { policySchema } from './schema-policy.ts'

const FILE = 'policy.yaml'

type PolicyFile = z.output<typeof policySchema>

/**
 * Seconds for which a proof of identity counts where the file says nothing: the longest sessions that BSI TR-03160-1
 * recommends at „substanziell“ and „hoch“ (as BundID's own questions and answers of January 2025 give them, 7.5.3). The
 * shorter times without use, 30 and 5 minutes, are for those who see the use: `session.idle`, and applications.
 */
const LONGEST: Partial<Record<Requirement['identity'], number>> = { substantial: 2 * 3600, high: 30 * 60 }

/** The checked file as the domain's policy; crosses of names and instants that do not fit become findings. */
export function toPolicy(file: PolicyFile, findings: Findings): Policy {
  const levels = file.levels.map(({ acr, ...rest }) => {
    const max_age = rest.max_age ?? LONGEST[rest.identity]
    return { acr, requirement: toRequirement({ ...rest, max_age }) }
  })
  for (const acr of repeated(file.levels.map((l) => l.acr))) {
    findings.add(FILE, 'levels', `"${acr}" stands there twice`, 'Give each acr one requirement.')
  }
  const names = new Map(levels.map((level) => [level.acr, level.requirement]))
  const rules = file.rules.map((rule, i): Rule => {
    const path = `rules[${i}]`
    const named = rule.demand.acr === undefined ? NOTHING : names.get(rule.demand.acr)
    if (!named) unknownAcr(findings, FILE, `${path}.demand.acr`, rule.demand.acr, names)
    const stages = toStages(rule.stages, path, findings)
    const { max_age, factors } = rule.demand
    return {
      name: rule.name,
      ...rule.for,
      demand: join(named ?? NOTHING, toRequirement({ max_age, factors })),
      ...stages,
      ...(rule.pause === undefined ? {} : { pause: Date.parse(rule.pause) }),
      ...(rule.brake === undefined ? {} : { brake: toBrake(rule.brake) }),
    }
  })
  for (const name of repeated(rules.map((rule) => rule.name))) {
    findings.add(FILE, 'rules', `two rules are named "${name}"`, 'Give each rule a name of its own.')
  }
  for (const [i, { brake }] of rules.entries())
    for (const name of brake?.watch?.filter((one) => !rules.some((rule) => rule.name === one)) ?? []) {
      findings.add(FILE, `rules[${i}].brake.watch`, `no rule is named "${name}"`, 'Use the name of a rule.')
    }
  return { levels, rules, epoch: epochOf(rules), binding: toBinding(file) }
}

const DAY = 24 * 3600 * 1000

function toBinding({ first_factor: first, settles_after_days: days }: PolicyFile): Binding {
  return {
    firstFactor: first.signal,
    withoutAddress: first.without_address,
    groups: first.groups,
    settles: { first_factor: days.first_factor * DAY, recovery: days.recovery * DAY },
  }
}

function toBrake(file: NonNullable<PolicyFile['rules'][number]['brake']>): Brake {
  const { failure_share: failureShare, at_least: atLeast, released, ...rest } = file
  return {
    failureShare,
    atLeast,
    ...rest,
    ...(released === undefined ? {} : { released: Date.parse(released) }),
  }
}

/** The requirement an acr value names, for a client's `min_acr`. */
export function levelNamed(policy: Policy, acr: string): Requirement | undefined {
  return policy.levels.find((level) => level.acr === acr)?.requirement
}

export function unknownAcr(
  findings: Findings,
  file: string,
  path: string,
  acr: string | undefined,
  known: ReadonlyMap<string, unknown>,
): void {
  const fix = `Use one of the names under levels in policy.yaml: ${[...known.keys()].join(', ')}.`
  findings.add(file, path, `"${acr}" is not a configured acr`, fix)
}

interface RequirementFile {
  distinct_kinds?: 1 | 2
  phishing_resistant?: boolean
  identity?: Requirement['identity']
  max_age?: number | undefined
  factors?: string[] | undefined
  settled?: true | undefined
}

export function toRequirement(file: RequirementFile): Requirement {
  return {
    distinctKinds: file.distinct_kinds ?? 1,
    phishingResistant: file.phishing_resistant ?? false,
    identity: file.identity ?? 'none',
    ...(file.max_age === undefined ? {} : { maxAge: file.max_age }),
    ...(file.factors === undefined ? {} : { permitted: file.factors }),
    ...(file.settled ? { settled: true } : {}),
  }
}

const STAGES = ['announce', 'prompt', 'require'] as const

function toStages(stages: PolicyFile['rules'][number]['stages'], path: string, findings: Findings) {
  const instants: Partial<Record<(typeof STAGES)[number], number>> = {}
  let latest = Number.NEGATIVE_INFINITY
  for (const stage of STAGES) {
    const written = stages[stage]
    if (written === undefined) continue
    const at = Date.parse(written)
    if (at < latest) {
      const fix = 'Order the instants: announce, then prompt, then require.'
      findings.add(FILE, `${path}.stages.${stage}`, 'begins before the stage that precedes it', fix)
    }
    latest = at
    instants[stage] = at
  }
  return instants
}

const repeated = (names: readonly string[]): string[] => names.filter((name, i) => names.indexOf(name) !== i)

/** Changes when what is prompted changes: dismissals of an earlier campaign do not count in the next. */
function epochOf(rules: readonly Rule[]): string {
  const prompting = rules
    .filter((rule) => rule.prompt !== undefined)
    .map((rule) => [rule.name, rule.prompt, rule.demand])
  return createHash('sha256').update(JSON.stringify(prompting)).digest('base64url').slice(0, 16)
}
