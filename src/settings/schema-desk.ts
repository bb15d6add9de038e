import { z } from 'zod'
import { problem, text } from './schema-parts.ts'
import { seconds } from './schema-policy.ts'

const hourly = z.number().int().min(1).max(10_000)

/** `desk` of `config/pforte.yaml` */
export const desk = z.strictObject({
  group: text.describe('The customer group of its officers; nobody else gets in.'),
  groups: z
    .array(text)
    .default([])
    .describe('Groups of accounts that officers may make; without any they make none.'),
  sites: z
    .array(text)
    .min(1)
    .describe('Names of sites, as in sites: officers work in the networks of these, and nowhere else.'),
  site_network_only: z
    .boolean()
    .default(false)
    .describe(
      'Whether codes are typed in the network of their site alone; else also by phones with data of their own. Never at another site.',
    ),
  code_minutes: z.number().int().min(5).max(240).default(30).describe('Minutes for which a code works.'),
  letter_days: z
    .number()
    .int()
    .min(1)
    .max(60)
    .exactOptional()
    .describe(
      'Days for which a code in a letter works, or one prepared for an event; there are none without.',
    ),
  codes_per_hour: hourly.default(60).describe('Codes that one officer may give out or approve in an hour.'),
  searches_per_hour: hourly.default(120).describe('Accounts that one officer may look for in an hour.'),
  session: z
    .strictObject({
      idle: seconds.default(600).describe('Seconds without use after which officers sign in again.'),
      absolute: seconds.default(4 * 3600).describe('Seconds after which they do in any case.'),
    })
    .refine(
      ({ idle, absolute }) => idle <= absolute,
      problem('idle is longer than absolute', 'Make idle the shorter one.'),
    )
    .prefault({})
    .describe('How long officers stay signed in.'),
})
