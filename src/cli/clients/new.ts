import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stringify } from 'yaml'
import { contradictions } from '../../settings/client-rules.ts'
import { explain } from '../../settings/explain.ts'
import { codeOf, Findings } from '../../settings/findings.ts'
import { folderOf } from '../../settings/load.ts'
import { PROFILES, profiles } from '../../settings/profiles.ts'
import { clientSchema } from '../../settings/schema-client.ts'
import { CommandError } from '../exit.ts'

export interface Given {
  id?: string
  name?: string
  profile?: string
  redirectUri?: string
  jwksUri?: string
}

/** Writes `clients/<id>.yaml`, and where it has a secret, `secrets/<id>` beside: readable by its owner alone. */
export async function newClient(given: Given): Promise<number> {
  const wanted = await complete(given)
  const file = toFile(wanted)
  const mistakes = mistakesIn(file)
  if (mistakes.length > 0) throw new CommandError('data', `Nothing was written.\n${mistakes.join('\n')}`)
  const folder = folderOf(process.env)
  const secret = 'client_secret' in file ? join(folder, 'secrets', wanted.id) : undefined
  if (secret) write(secret, `${randomBytes(32).toString('base64url')}\n`, 0o600)
  try {
    write(join(folder, 'clients', `${wanted.id}.yaml`), `${HEAD}${stringify(file)}`, 0o644)
  } catch (error) {
    if (secret) rmSync(secret)
    throw error
  }
  console.log(`wrote ${join(folder, 'clients', `${wanted.id}.yaml`)}`)
  if (secret) console.log(`wrote ${secret}: give the secret in it to the application, over a safe way`)
  return 0
}

const HEAD = '# yaml-language-server: $schema=../client.schema.json\n'

type Wanted = { id: string; name: string; profile: string; redirectUri: string; jwksUri: string }

/** Asks for what is missing, one line each; whoever answers from a pipe gives the lines in this order. */
async function complete({ id, name, profile, redirectUri, jwksUri }: Given): Promise<Wanted> {
  const lines = createInterface({ input: process.stdin })
  const answers = lines[Symbol.asyncIterator]()
  const ask = async (question: string, fallback = ''): Promise<string> => {
    process.stderr.write(`${question}${fallback && ` [${fallback}]`}: `)
    const { value, done } = await answers.next()
    if (done)
      throw new CommandError(
        'noInput',
        'The input ended before every question was answered. Nothing was written.',
      )
    return value.trim() || fallback
  }
  try {
    const wanted = {
      id: id ?? (await ask('client_id')),
      name: name ?? (await ask('Name, as people know it')),
      profile: profile ?? (await ask(`Kind of application (${PROFILES.join(', ')})`, 'web')),
    }
    const { methods = [], grants = [] } = profiles[wanted.profile as 'web'] ?? {}
    const returns = grants.includes('authorization_code')
    const keyed = methods[0] === 'private_key_jwt'
    return {
      ...wanted,
      redirectUri: redirectUri ?? (returns ? await ask('Where it takes answers (redirect_uri)') : ''),
      jwksUri: jwksUri ?? (keyed ? await ask('Where it publishes its keys (jwks_uri); empty: a secret') : ''),
    }
  } finally {
    lines.close()
  }
}

function toFile({ id, name, profile, redirectUri, jwksUri }: Wanted): object {
  const [first = 'none'] = profiles[profile as 'web']?.methods ?? []
  const method = jwksUri ? 'private_key_jwt' : first === 'private_key_jwt' ? 'client_secret_basic' : first
  return {
    client_id: id,
    name,
    profile,
    ...(redirectUri ? { redirect_uris: [redirectUri] } : {}),
    ...(method === first ? {} : { token_endpoint_auth_method: method }),
    ...(jwksUri ? { jwks_uri: jwksUri } : {}),
    ...(method.startsWith('client_secret') ? { client_secret: `file:secrets/${id}` } : {}),
  }
}

/** What a start would find, each as a line. */
function mistakesIn(file: object): string[] {
  const findings = new Findings()
  const read = clientSchema.safeParse(file)
  if (read.success)
    for (const { path, reason, fix } of contradictions(read.data, {
      resources: [],
      mtls: false,
      details: {},
    }))
      findings.add('', path, reason, fix)
  else for (const issue of read.error.issues) explain(issue, '', findings, clientSchema)
  return findings.all.map(({ path, reason, fix }) => `${path}: ${reason}\n  fix: ${fix}`)
}

/** Never over a file that is there. */
function write(path: string, text: string, mode: number): void {
  try {
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text, { mode, flag: 'wx' })
  } catch (error) {
    const code = codeOf(error)
    const reason = code === 'EEXIST' ? 'is there already' : `cannot be written (${code})`
    throw new CommandError('cannotWrite', `${path} ${reason}. Nothing was changed.`)
  }
}
