import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { folderOf } from '../settings/load.ts'
import { clientSchema, pforteSchema } from '../settings/schema.ts'
import { casesSchema } from '../settings/schema-cases.ts'
import { policySchema } from '../settings/schema-policy.ts'
import { CommandError } from './exit.ts'

const SCHEMAS = {
  pforte: pforteSchema,
  policy: policySchema,
  'policy.cases': casesSchema,
  client: clientSchema,
}

/** The JSON Schema of each configuration file, by name: what editors complete and check with. */
export const editorSchemas = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, schema]) => [
      `${name}.schema.json`,
      `${JSON.stringify(z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }), null, 2)}\n`,
    ]),
  )

/** Writes them into the configuration folder. */
export function writeSchemas(): number {
  for (const [name, text] of Object.entries(editorSchemas())) {
    const path = join(folderOf(process.env), name)
    try {
      writeFileSync(path, text)
    } catch (error) {
      throw new CommandError(
        'cannotWrite',
        `${path} cannot be written: ${error instanceof Error ? error.message : error}.`,
      )
    }
    console.log(`wrote ${path}`)
  }
  return 0
}
