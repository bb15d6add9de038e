import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { z } from 'zod'
import type { Findings } from './findings.ts'
import { identityProviderOf } from './saml-metadata.ts'
import type { pforteSchema } from './schema.ts'
import { type Env, follow } from './secrets.ts'
import type { Federation } from './types.ts'

const FILE = 'pforte.yaml'
/** BSI TR-03116-4. */
const LEAST_BITS = 3_000

type Written = NonNullable<z.output<typeof pforteSchema>['bundid']>
type Pair = Federation['us']['signing']

/** Reads what the `bundid` block names: keys, certificates and the identity provider's metadata. */
export function readBundid(
  written: Written,
  issuer: string,
  env: Env,
  folder: string,
  findings: Findings,
): Federation | undefined {
  const pair = (reference: string, path: string) =>
    readPair(reference, `bundid.${path}`, env, folder, findings)
  const signing = pair(written.signing_key, 'signing_key')
  const encryption = written.encryption_keys.map((one, n) => pair(one, `encryption_keys[${n}]`))
  const them = readMetadata(written, env, folder, findings)
  if (!signing || !them || !encryption.every((one) => one !== undefined)) return undefined
  if (encryption.some((one) => one.key === signing.key)) {
    const fix = 'Make a key of its own for each purpose.'
    return findings.add(FILE, 'bundid.encryption_keys', 'has the signing key among them', fix)
  }
  return {
    us: {
      entityId: written.entity_id,
      consumer: issuer + written.acs_path,
      signing,
      encryption,
      displayName: written.display_name,
      onlineServiceId: written.online_service_id,
      binding: written.binding,
      signatureAlgorithm: written.signature_algorithm,
    },
    them,
  }
}

/** A PEM file with the private key and, in the same file, its certificate. */
function readPair(
  reference: string,
  path: string,
  env: Env,
  folder: string,
  findings: Findings,
): Pair | undefined {
  const wrong = (reason: string, fix = 'Put private key and certificate into it, both as PEM.') =>
    findings.add(FILE, path, reason, fix)
  const pem = follow(reference, env, folder, wrong)
  if (pem === undefined) return undefined
  const [certificate] = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(pem) ?? []
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
  written: Written,
  env: Env,
  folder: string,
  findings: Findings,
): Federation['them'] | undefined {
  const wrong = (reason: string) =>
    findings.add(FILE, 'bundid.identity_provider', reason, "Put the identity provider's metadata file there.")
  const xml = follow(written.identity_provider, env, folder, wrong)
  if (xml === undefined) return undefined
  const read = identityProviderOf(xml)
  if (typeof read === 'string') return wrong(read)
  return read.sso[written.binding] ? read : wrong(`has no address for the ${written.binding} binding`)
}
