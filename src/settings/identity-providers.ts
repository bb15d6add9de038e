import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Findings } from './findings.ts'
import { certificatesIn } from './pem.ts'
import { identityProviderOf } from './saml-metadata.ts'
import type { IdentityProviderFile } from './schema-identity-provider.ts'
import { type Env, follow } from './secrets.ts'
import type { Federation } from './types.ts'

const FILE = 'pforte.yaml'
/** BSI TR-03116-4. */
const LEAST_BITS = 3_000

type Pair = Federation['us']['signing']

interface Source {
  /** The issuer. */
  issuer: string
  env: Env
  folder: string
  findings: Findings
}

/** Reads what the `identity_providers` block names: keys, certificates and metadata. By name, in the order of the file. */
export function readIdentityProviders(
  written: Readonly<Record<string, IdentityProviderFile>>,
  source: Source,
): Record<string, Federation> {
  const paths = new Set<string>()
  const federations: Record<string, Federation> = {}
  for (const [id, file] of Object.entries(written)) {
    const path = file.acs_path ?? `/saml/${id}/acs`
    checkPath(path, id, paths, source.findings)
    const read = readFederation(id, file, path, source)
    if (read) federations[id] = read
  }
  return federations
}

/** First parts of addresses that have another meaning here. */
export const TAKEN = [
  ...[
    '.well-known',
    'account',
    'assets',
    'authorize',
    'desk',
    'device',
    'freeze',
    'health',
    'help',
    'interaction',
    'introspect',
  ],
  ...[
    'jwks',
    'logout',
    'metrics',
    'next',
    'par',
    'phone',
    'register',
    'revoke',
    'token',
    'userinfo',
    'workplace',
  ],
]

/** Answers, metadata and the way back stand side by side: no two providers share a folder, nor use one of ours. */
function checkPath(path: string, id: string, paths: Set<string>, findings: Findings): void {
  const [, first = ''] = path.split('/')
  const folder = path.slice(0, path.lastIndexOf('/'))
  const key = `identity_providers.${id}.acs_path`
  if (TAKEN.includes(first))
    findings.add(FILE, key, `begins with /${first}, which is taken here`, `Write it like /saml/${id}/acs.`)
  if (paths.has(folder))
    findings.add(
      FILE,
      key,
      `stands beside that of another identity provider`,
      `Write it like /saml/${id}/acs.`,
    )
  paths.add(folder)
}

function readFederation(
  id: string,
  written: IdentityProviderFile,
  path: string,
  source: Source,
): Federation | undefined {
  const { findings } = source
  const place = `identity_providers.${id}`
  const pair = (reference: string, key: string) => readPair(reference, `${place}.${key}`, source)
  const signing = pair(written.signing_key, 'signing_key')
  const encryption = written.encryption_keys.map((one, n) => pair(one, `encryption_keys[${n}]`))
  const them = readMetadata(written, place, source)
  const speech = speechOf(id, written, place, findings)
  if (!signing || !them || !speech || !encryption.every((one) => one !== undefined)) return undefined
  if (encryption.some((one) => one.key === signing.key)) {
    const fix = 'Make a key of its own for each purpose.'
    return findings.add(FILE, `${place}.encryption_keys`, 'has the signing key among them', fix)
  }
  const { names, ...dialect } = speech
  return {
    ...(names ? { names } : {}),
    ...(written.create_accounts ? { newcomers: written.create_accounts.group } : {}),
    us: {
      entityId: written.entity_id,
      consumer: source.issuer + path,
      signing,
      encryption,
      displayName: written.display_name,
      binding: written.binding,
      signatureAlgorithm: written.signature_algorithm,
      ...(written.attributes.length > 0 ? { attributes: written.attributes } : {}),
      ...(written.username_mfa ? { usernameMfa: true } : {}),
      ...(written.online_service_id ? { onlineServiceId: written.online_service_id } : {}),
    },
    them: { ...them, ...dialect, responseSignature: written.response_signature },
  }
}

const RANKS = { low: 2, substantial: 3, high: 4 } as const

/** BundID says persons and levels in its own way; of every other provider the file says how. */
function speechOf(
  id: string,
  { names, person_attribute: person, levels, online_service_id: service, ...rest }: IdentityProviderFile,
  place: string,
  findings: Findings,
): (Pick<Federation, 'names'> & Pick<Federation['them'], 'dialect'>) | undefined {
  if (!person && !levels) {
    const [missing] = [
      ...(service ? [] : ['online_service_id']),
      ...(id === 'bundid' || names ? [] : ['names']),
    ]
    if (!missing) return names ? { names } : {}
    return findings.add(FILE, `${place}.${missing}`, 'is missing', 'Add it.')
  }
  if (!person || !levels || !names) {
    const missing = person ? (levels ? 'names' : 'levels') : 'person_attribute'
    const fix = 'Add it, or leave out person_attribute and levels for BundID.'
    return findings.add(FILE, `${place}.${missing}`, 'is missing', fix)
  }
  const [alien] = [
    ...(service ? ['online_service_id'] : []),
    ...(rest.attributes.length > 0 ? ['attributes'] : []),
    ...(rest.username_mfa ? ['username_mfa'] : []),
  ]
  if (alien) return findings.add(FILE, `${place}.${alien}`, 'is for BundID alone', 'Remove it.')
  const ranks = Object.entries(levels).map(([ref, level]) => [ref, RANKS[level]] as const)
  return { names, dialect: { person, levels: Object.fromEntries(ranks) } }
}

/** A PEM file with the private key and, in the same file, its certificate. */
function readPair(reference: string, path: string, { env, folder, findings }: Source): Pair | undefined {
  const wrong = (reason: string, fix = 'Put private key and certificate into it, both as PEM.') =>
    findings.add(FILE, path, reason, fix)
  const pem = follow(reference, env, folder, wrong)
  if (pem === undefined) return undefined
  const [certificate] = certificatesIn(pem)
  const [key] = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+?-----END [A-Z ]*PRIVATE KEY-----/.exec(pem) ?? []
  if (!certificate || !key) return wrong('does not hold a private key and a certificate')
  try {
    const [parsed, secret] = [new X509Certificate(certificate), createPrivateKey(key)]
    if (!parsed.checkPrivateKey(secret)) return wrong('holds a certificate of another key')
    if (secret.asymmetricKeyType !== 'rsa' || (secret.asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_BITS)
      return wrong(
        'is not an RSA key of at least 3072 bits',
        'Make one: openssl req -x509 -newkey rsa:4096 …',
      )
    return { key: secret.export({ type: 'pkcs8', format: 'pem' }).toString(), certificate }
  } catch {
    return wrong(
      'cannot be read as a private key and a certificate',
      'Check it; a key with a passphrase cannot be used.',
    )
  }
}

function readMetadata(
  written: IdentityProviderFile,
  place: string,
  { env, folder, findings }: Source,
): Federation['them'] | undefined {
  const wrong = (reason: string) =>
    findings.add(FILE, `${place}.metadata`, reason, "Put the identity provider's metadata file there.")
  const xml = follow(written.metadata, env, folder, wrong)
  if (xml === undefined) return undefined
  const read = identityProviderOf(xml)
  if (typeof read === 'string') return wrong(read)
  return read.sso[written.binding] ? read : wrong(`has no address for the ${written.binding} binding`)
}
