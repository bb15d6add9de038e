import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { editorSchemas } from '../../src/cli/schema.ts'
import { factorsFor } from '../../src/composition.ts'
import { createHasher } from '../../src/factors/password/hash.ts'
import { Findings } from '../../src/settings/findings.ts'
import { clientSchema } from '../../src/settings/schema.ts'
import { readYaml } from '../../src/settings/yaml-file.ts'
import { settingsOf } from '../support/provider.ts'

const EXAMPLE = 'clients/portal.yaml.example'
const read = (name: string): string => readFileSync(join('config', name), 'utf8')
const validator = (name: string) => new Ajv({ strict: true }).compile(JSON.parse(read(name)))

describe('The schemas for editors', () => {
  test.each(Object.entries(editorSchemas()))('in %s are those the server checks with', (name, text) => {
    // When this fails: npx pforte schema
    expect(read(name)).toBe(text)
  })

  test.each([
    ['pforte.yaml', 'pforte.schema.json'],
    ['policy.yaml', 'policy.schema.json'],
    ['policy.cases.yaml', 'policy.cases.schema.json'],
    [EXAMPLE, 'client.schema.json'],
  ])('accept %s as it is shipped, which refers to it', (file, schema) => {
    const validate = validator(schema)
    validate(parse(read(file)))
    expect(validate.errors).toBeNull()
    expect(read(file)).toMatch(new RegExp(`^# yaml-language-server: \\$schema=\\.{1,2}/${schema}\n`))
  })

  test.each([
    ['pforte.schema.json', { operator: { name: 'J', zone: 'Europe/Berlin' }, sesion: {} }],
    ['policy.schema.json', { levels: [{ acr: 'a', factors: ['S M S'] }] }],
    ['policy.cases.schema.json', { cases: [{ name: 'a', at: 1 }] }],
    ['client.schema.json', { client_id: '../portal', name: 'Portal' }],
  ])('refuse in %s what the server refuses', (schema, value) => {
    expect(validator(schema)(value)).toBe(false)
  })

  test('explain every key', () => {
    const keys = Object.values(editorSchemas()).flatMap((text) => properties(JSON.parse(text)))
    expect(keys.length).toBeGreaterThan(50)
    expect(keys.filter(([, schema]) => !schema.description).map(([key]) => key)).toEqual([])
  })
})

describe('The example of a client', () => {
  test('is a client as the server reads it', () => {
    const findings = new Findings()
    readYaml(join('config', EXAMPLE), EXAMPLE, clientSchema, findings)
    expect(findings.all).toEqual([])
  })

  test('shows every key', () => {
    const shown = [...read(EXAMPLE).matchAll(/^(?:# )?([a-z_]+):/gm)].map(([, key]) => key)
    expect(shown.sort()).toEqual(Object.keys(clientSchema.shape).sort())
  })

  test('stands beside no file that would be read', () => {
    expect(readdirSync('config/clients').filter((name) => name.endsWith('.yaml'))).toEqual([])
  })
})

test('Policy and clients may name every factor there is', () => {
  const hasher = createHasher({ memoryKiB: 64, passes: 1, parallelism: 1, queue: 1 })
  const settings = settingsOf('http://localhost', 0, { database: { folder: '' } })
  const ids = [
    ...factorsFor(settings, {
      hasher,
      live: () => settings.live,
      once: async () => false,
      now: Date.now,
    }).keys(),
  ]
  const validate = validator('client.schema.json')
  expect(ids.filter((id) => !validate({ client_id: 'a', name: 'A', factors: [id] }))).toEqual([])
})

interface Schema {
  description?: string
  properties?: Record<string, Schema>
  items?: Schema
}

/** Every key at every depth. */
function properties({ properties: own = {}, items }: Schema): [string, Schema][] {
  const here = Object.entries(own)
  return [...here, ...here.flatMap(([, schema]) => properties(schema)), ...(items ? properties(items) : [])]
}
