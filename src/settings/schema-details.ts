import { z } from 'zod'
import { problem, text } from './schema-parts.ts'

const name = text.refine(
  (value) => /^[a-z][a-z0-9_-]{0,59}$/.test(value),
  problem('is not usable as a name', 'Use lower-case letters, digits, dashes and underscores.'),
)

/** `authorization_details` of `config/pforte.yaml` */
export const authorizationDetails = z.record(
  name,
  z.strictObject({
    resource: text.describe('The API that understands it; one of resources.'),
    actions: z
      .record(
        name,
        z.strictObject({
          de: text.describe('In German.'),
          en: text.describe('In English.'),
        }),
      )
      .refine(
        (actions) => Object.keys(actions).length > 0,
        problem('is empty', 'Name at least one action, each with its sentence.'),
      )
      .describe('What may be asked for, each with the sentence that people agree to.'),
  }),
)
