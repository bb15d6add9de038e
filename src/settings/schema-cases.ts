import { z } from 'zod'
import { text } from './schema-parts.ts'
import { acr, factor, instant } from './schema-policy.ts'

const held = z.array(factor).default([])

const account = z.strictObject({
  group: text.describe('The customer group.'),
  factors: held.describe('What the account has set up.'),
  suspended: held.describe('What it has set up and cannot use, because it is suspended.'),
  identity: z
    .enum(['none', 'low', 'substantial', 'high'])
    .exactOptional()
    .describe('How well BundID proved the identity; as well as it can, where left out.'),
  share: z
    .number()
    .min(0)
    .lt(100)
    .default(99.9)
    .describe('Where the account stands between 0 and 100: below 10, it is among 10 percent.'),
})

const expected = z.strictObject({
  step: z
    .enum(['identify', 'verify', 'enrol', 'done', 'refuse'])
    .describe('Ask who it is, ask for a proof, set something up, let in, or refuse.'),
  offer: z.array(factor).exactOptional().describe('The factors offered, in any order.'),
  skippable: z.boolean().exactOptional().describe('Whether set-up may be skipped.'),
  acr: acr.exactOptional().describe('The acr that the token reports.'),
  why: text.exactOptional().describe('Why it is refused, for example account_locked.'),
})

/** `config/policy.cases.yaml` */
export const casesSchema = z.strictObject({
  cases: z
    .array(
      z.strictObject({
        name: text.describe('What the policy is to do, as a sentence.'),
        account: account.describe('Who signs in.'),
        proven: held.describe('What has been proven in the session already.'),
        age: z.number().int().min(0).default(0).describe('Seconds since it was proven.'),
        client: text.exactOptional().describe('Where; at an application without demands, where left out.'),
        acr_values: z.array(acr).default([]).describe('The levels that the request asks for.'),
        at: instant.describe('When: an instant with offset.'),
        expect: expected.describe('The step that must follow.'),
      }),
    )
    .describe('What must hold of the policy. One that fails refuses the start, and a changed policy.'),
})
