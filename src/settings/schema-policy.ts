import { z } from 'zod'
import { problem, text } from './schema-parts.ts'

/** An instant with its offset from UTC; a date without one means different moments in different places. */
export const instant = text.superRefine((value, ctx) => {
  const [, day] = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/.exec(value) ?? []
  if (day && !Number.isNaN(Date.parse(value)) && exists(day)) return
  const message = day ? 'is not a valid date' : 'is not an instant with a time zone'
  ctx.addIssue({ code: 'custom', message, params: { fix: 'Write it like 2025-04-29T00:00:00+02:00.' } })
})

/** A day that its month does not have would be read as one of the next. */
const exists = (day: string): boolean => new Date(day).toISOString().startsWith(day)

const YEARS_10 = 10 * 365 * 24 * 3600
export const seconds = z.number().int().positive().max(YEARS_10)

const FACTOR = /^[a-z][a-z0-9_-]*$/
/** Those that are always there; the others are identity providers of pforte.yaml (`known-factors.ts`). */
export const factor = text
  .refine(
    (value) => FACTOR.test(value),
    problem(
      'is not a known value',
      'Use password, totp, webauthn, recovery-codes, or an identity provider, like bundid.',
    ),
  )
  .meta({ pattern: FACTOR.source, examples: ['password', 'totp', 'webauthn', 'recovery-codes', 'bundid'] })
/** Requests name several, with blanks between (OpenID Connect Core, 3.1.2.1). */
export const acr = text.refine(
  (value) => !/\s/.test(value),
  problem('contains a blank', 'Use a name or an address without blanks.'),
)

export const factors = z.array(factor).min(1).exactOptional()

const requirement = z.strictObject({
  distinct_kinds: z
    .literal([1, 2])
    .default(1)
    .describe('Kinds of proof (knowledge, possession, inherence): 2 means multi-factor.'),
  phishing_resistant: z.boolean().default(false).describe('Whether one proof must resist phishing.'),
  identity: z
    .enum(['none', 'low', 'substantial', 'high'])
    .default('none')
    .describe('How well the identity must have been proven (BSI TR-03107-1).'),
  max_age: seconds
    .exactOptional()
    .describe(
      'Seconds after which a proof no longer counts; 7200 for substantial and 1800 for high, unless given.',
    ),
  factors: factors.describe('The only factors that count; all of them, where this is left out.'),
  settled: z
    .literal(true)
    .exactOptional()
    .describe('What was set up lately, first or by way of recovery, does not count: see settles_after_days.'),
})

const brake = z
  .strictObject({
    failure_share: z
      .number()
      .gt(0)
      .lt(1)
      .describe('Of those who set something up or get stuck, the share of the stuck; 0.05 is one in twenty.'),
    at_least: z.number().int().positive().describe('Not before so many have set something up or got stuck.'),
    watch: z
      .array(text)
      .min(1)
      .exactOptional()
      .describe('Names of the rules whose people count; the rule itself, where left out.'),
    released: instant
      .exactOptional()
      .describe(
        'A person has looked at it: what pulled the brake before this instant holds nothing any more.',
      ),
  })
  .describe('Holds the stages that are still to come, where too many fail in those that have begun.')

const rule = z.strictObject({
  name: text.describe('A name of its own, for logs and for pforte check.'),
  for: z
    .strictObject({
      groups: z.array(text).min(1).exactOptional().describe('Customer groups; all, where left out.'),
      clients: z.array(text).min(1).exactOptional().describe('Client ids; all, where left out.'),
      percent: z
        .number()
        .positive()
        .max(100)
        .exactOptional()
        .describe('A share of the accounts, always the same ones; those of 10 are among those of 25.'),
    })
    .default({})
    .describe('Whom the rule is for.'),
  demand: z
    .strictObject({
      acr: acr.exactOptional().describe('A name under levels.'),
      max_age: seconds.exactOptional().describe('Seconds after which a proof no longer counts.'),
      factors: factors.describe('The only factors that count.'),
    })
    .refine(isFilled, problem('is empty', 'Say what is demanded: acr, max_age or factors.'))
    .describe('What is demanded.'),
  stages: z
    .strictObject({
      announce: instant.exactOptional().describe('From here on pages say what is coming.'),
      prompt: instant.exactOptional().describe('From here on set-up is offered and can be skipped.'),
      require: instant.exactOptional().describe('From here on it is demanded.'),
    })
    .refine(isFilled, problem('is empty: the rule would never begin', 'Give at least one instant.'))
    .describe('When each stage begins: instants with offset, for example 2025-04-29T00:00:00+02:00.'),
  pause: instant
    .exactOptional()
    .describe('Stages that would begin after this instant do not begin. What has begun by then stays.'),
  brake: brake.exactOptional(),
})

const signal = z.enum(['open', 'mailed_code', 'desk_or_bundid'])
const days = z.number().int().min(0).max(90)

const firstFactor = z.strictObject({
  signal: signal
    .default('mailed_code')
    .describe(
      'A code by mail to the confirmed address; only at the desk or by BundID; or the password alone.',
    ),
  without_address: z
    .enum(['open', 'desk_or_bundid'])
    .default('open')
    .describe('Instead of a code by mail, for accounts without a confirmed address.'),
  groups: z.record(text, signal).default({}).describe('Another signal for a customer group, by its name.'),
})

const settlesAfterDays = z.strictObject({
  first_factor: days.default(3).describe('The first one beside a password.'),
  recovery: days.default(7).describe('One set up with the help of a recovery code or a password reset.'),
})

/** `config/policy.yaml` */
export const policySchema = z.strictObject({
  levels: z
    .array(z.strictObject({ acr: acr.describe('The acr value.'), ...requirement.shape }))
    .min(1)
    .describe('What each acr value means. Tokens report the one asked for, else the first that holds.'),
  rules: z.array(rule).default([]).describe('Every matching rule counts, and the strictest wins.'),
  first_factor: firstFactor
    .prefault({})
    .describe('What must come before an account that has only a password gets a second factor.'),
  settles_after_days: settlesAfterDays
    .prefault({})
    .describe('When a credential begins to count for levels that ask for settled ones.'),
})

/** Whether anything stands in it. */
function isFilled(value: object): boolean {
  return Object.keys(value).length > 0
}
