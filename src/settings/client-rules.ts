import { CERTIFICATE_NAMES } from '../domain/certificate-names.ts'
import { claimsIn, PERSONAL } from '../domain/claims.ts'
import type { Finding } from './findings.ts'
import { DEVICE_CODE, type GrantType, type Method, profiles, TOKEN_EXCHANGE } from './profiles.ts'
import type { ClientFile } from './schema-client.ts'
import { isPrivateUse } from './schema-parts.ts'
import type { ClientSettings, Resource } from './types.ts'

type Contradiction = Omit<Finding, 'file'>

/** What `pforte.yaml` says that concerns applications. */
export interface Surroundings {
  resources: readonly Resource[]
  mtls: boolean
  /** Types of authorization details, each with its API. */
  details: Readonly<Record<string, { resource: string }>>
}

/** What each key permits by itself and all of them together do not. */
export function contradictions(file: ClientFile, around: Surroundings): Contradiction[] {
  return [
    ...againstProfile(file),
    ...ofAddresses(file),
    ...ofKeys(file),
    ...ofCertificates(file, around),
    ...ofSubjects(file),
    ...ofVerified(file),
    ...ofClaims(file),
    ...ofResources(file, around.resources),
    ...ofExchange(file, around),
    ...ofDetails(file, around),
    ...(!file.first_party && !file.purpose
      ? [
          {
            path: 'purpose',
            reason: 'is missing',
            fix: 'Say in purpose.de and purpose.en what the data is for.',
          },
        ]
      : []),
  ]
}

/** Correct, but worth a second look: shown by `pforte check`. */
export function warnings(client: ClientSettings): Contradiction[] {
  return [
    ...(client.pkce === 'optional'
      ? [
          {
            path: 'pkce',
            reason: 'codes need not be bound by PKCE',
            fix: 'Set pkce: required as soon as the application can do it.',
          },
        ]
      : []),
    ...(client.nextSecret
      ? [
          {
            path: 'client_secret_next',
            reason: 'two secrets work',
            fix: 'Make it client_secret once the application uses it.',
          },
        ]
      : []),
  ]
}

export const grantsOf = (file: ClientFile): readonly GrantType[] =>
  file.grant_types ?? profiles[file.profile].defaults

export const methodOf = (file: ClientFile): Method =>
  file.token_endpoint_auth_method ?? profiles[file.profile].methods[0]

/** A file tightens what its profile says and never loosens it. */
function againstProfile(file: ClientFile): Contradiction[] {
  const { methods, grants, accessToken, refreshToken, hardened } = profiles[file.profile]
  const { profile, token_endpoint_auth_method: method } = file
  const found: Contradiction[] = []
  const add = (path: string, reason: string, fix: string) => found.push({ path, reason, fix })
  if (method && !methods.includes(method))
    add(
      'token_endpoint_auth_method',
      `is not for the profile ${profile}`,
      `Use one of: ${methods.join(', ')}.`,
    )
  for (const [i, grant] of (file.grant_types ?? []).entries()) {
    if (!grants.includes(grant))
      add(`grant_types[${i}]`, `is not for the profile ${profile}`, `Use some of: ${grants.join(', ')}.`)
  }
  if (methodOf(file) === 'none' && grantsOf(file).includes('client_credentials'))
    add('grant_types', 'client_credentials needs a secret', 'Give the client a secret, or keys.')
  if (file.pkce === 'optional' && (profile !== 'web' || methodOf(file) === 'none'))
    add(
      'pkce',
      'cannot be optional here',
      'Remove it: only web applications that keep a secret may do without.',
    )
  const longer = (path: 'access_token_lifetime' | 'refresh_token_lifetime', most: number) => {
    if ((file[path] ?? 0) > most)
      add(path, `is longer than the profile ${profile} allows`, `Use at most ${most}.`)
  }
  longer('access_token_lifetime', accessToken)
  longer('refresh_token_lifetime', refreshToken)
  for (const key of ['require_pushed_authorization_requests', 'dpop_bound_access_tokens'] as const) {
    if (hardened && file[key] === false && !(key === 'dpop_bound_access_tokens' && certificates(file)))
      add(key, `is demanded by the profile ${profile}`, 'Remove it.')
  }
  if (!hardened && file.message_signing)
    add(
      'message_signing',
      `is not for the profile ${profile}`,
      'Use profile: fapi2, or require_signed_request_object.',
    )
  if (hardened && file.id_token_signed_response_alg !== 'ES256')
    add('id_token_signed_response_alg', `is too weak for the profile ${profile}`, 'Use ES256.')
  return found
}

function ofAddresses(file: ClientFile): Contradiction[] {
  const needed = grantsOf(file).includes('authorization_code')
  const empty: Contradiction[] =
    needed && file.redirect_uris.length === 0
      ? [
          {
            path: 'redirect_uris',
            reason: 'is empty',
            fix: 'List the exact addresses the application is returned to.',
          },
        ]
      : []
  const strange = (['redirect_uris', 'post_logout_redirect_uris'] as const).flatMap((key) =>
    file[key].flatMap((uri, i) =>
      isPrivateUse(uri) && file.profile !== 'native'
        ? [{ path: `${key}[${i}]`, reason: 'is not an https address', fix: 'Use https, or profile: native.' }]
        : [],
    ),
  )
  return [...empty, ...strange]
}

function ofKeys(file: ClientFile): Contradiction[] {
  const { jwks, jwks_uri: uri } = file
  if (jwks && uri) return [{ path: 'jwks_uri', reason: 'stands beside jwks', fix: 'Keep one of them.' }]
  const method = methodOf(file)
  const needs =
    method === 'private_key_jwt' || method === 'self_signed_tls_client_auth'
      ? method
      : file.require_signed_request_object
        ? 'require_signed_request_object'
        : undefined
  if (!needs || jwks || uri) return []
  return [{ path: 'jwks', reason: `is missing, but ${needs} needs it`, fix: 'Add jwks or jwks_uri.' }]
}

export const certificateNames = (file: ClientFile): [property: string, value: string][] =>
  CERTIFICATE_NAMES.flatMap((key) => (file[key] === undefined ? [] : [[key, file[key]] as [string, string]]))

const certificates = (file: ClientFile): boolean => file.tls_client_certificate_bound_access_tokens === true

/** Certificates (RFC 8705). */
function ofCertificates(file: ClientFile, { mtls }: Surroundings): Contradiction[] {
  const method = methodOf(file)
  const names = certificateNames(file)
  const found: Contradiction[] = []
  const add = (path: string, reason: string, fix: string) => found.push({ path, reason, fix })
  if (method === 'tls_client_auth' && names.length !== 1)
    add('token_endpoint_auth_method', 'needs one name of the certificate', 'Give one tls_client_auth_… name.')
  if (method !== 'tls_client_auth')
    for (const [key] of names)
      add(key, `is not used where token_endpoint_auth_method is ${method}`, 'Remove it.')
  for (const [i, key] of (file.jwks?.keys ?? []).entries())
    if (method === 'self_signed_tls_client_auth' && !Array.isArray(key.x5c))
      add(`jwks.keys[${i}].x5c`, 'is missing', 'Add the certificate: x5c: [base64 of its DER].')
  if (!mtls && (method.endsWith('tls_client_auth') || certificates(file)))
    add('token_endpoint_auth_method', 'certificates do not reach this provider', 'Set mtls in pforte.yaml.')
  return found
}

/** A pairwise sub belongs to one host (OpenID Connect Core, 8.1). */
function ofSubjects(file: ClientFile): Contradiction[] {
  if (file.subject_type !== 'pairwise') return []
  const hosts = new Set(file.redirect_uris.map((uri) => URL.parse(uri)?.host))
  const add = (reason: string, fix: string) => [{ path: 'subject_type', reason, fix }]
  if (hosts.has('') || grantsOf(file).includes(DEVICE_CODE))
    return add('cannot be pairwise for this application', 'Use public.')
  if (hosts.size > 1) return add('is pairwise over several hosts', 'List redirect_uris of one host only.')
  return []
}

/** Nothing is released by half: the scope says when, the list says what. */
function ofVerified({ scope, verified_claims: claims }: ClientFile): Contradiction[] {
  const asks = scope.includes('identity')
  if (asks === (claims !== undefined)) return []
  return asks
    ? [
        {
          path: 'verified_claims',
          reason: 'is missing',
          fix: 'List what the application may have of proven data.',
        },
      ]
    : [
        {
          path: 'scope',
          reason: 'lacks identity, with which verified_claims are asked for',
          fix: 'Add identity.',
        },
      ]
}

/** A name that means something to every application means the same here. */
function ofClaims(file: ClientFile): Contradiction[] {
  return Object.entries(file.claims ?? {}).flatMap(([name, source]) => {
    const path = `claims.${name}`
    const scope = file.scope.find((one) => claimsIn(one).includes(source))
    if (!scope)
      return [
        { path, reason: `${source} is in no scope of the application`, fix: 'Add its scope, or remove it.' },
      ]
    if (PERSONAL.some((one) => one === name) && name !== source)
      return [{ path, reason: `means something else than ${source}`, fix: 'Give it another name.' }]
    return []
  })
}

/** Rich authorization requests (RFC 9396). */
const ofDetails = (file: ClientFile, { details }: Surroundings): Contradiction[] =>
  (file.authorization_details_types ?? []).flatMap((type, i) => {
    const path = `authorization_details_types[${i}]`
    const resource = Object.hasOwn(details, type) ? details[type]?.resource : undefined
    if (resource === undefined)
      return [
        {
          path,
          reason: 'is not in authorization_details of pforte.yaml',
          fix: 'Correct it, or add it there.',
        },
      ]
    if (!file.resources[resource])
      return [
        { path, reason: `is for ${resource}, which is not in resources`, fix: 'Add the API, or remove it.' },
      ]
    return []
  })

/** Token exchange (RFC 8693). */
function ofExchange(file: ClientFile, { resources }: Surroundings): Contradiction[] {
  const { token_exchange_from: from = [] } = file
  const found: Contradiction[] = []
  const add = (path: string, reason: string, fix: string) => found.push({ path, reason, fix })
  for (const [i, identifier] of from.entries())
    if (!resources.some((one) => one.identifier === identifier))
      add(
        `token_exchange_from[${i}]`,
        'is not a resource of pforte.yaml',
        'Correct it, or add the API there.',
      )
  if (!grantsOf(file).includes(TOKEN_EXCHANGE)) {
    if (from.length > 0) add('token_exchange_from', 'is not used', `Add ${TOKEN_EXCHANGE} to grant_types.`)
    return found
  }
  const needs = `${TOKEN_EXCHANGE} needs`
  if (from.length === 0)
    add('token_exchange_from', `is missing, but ${needs} it`, 'Name the APIs that it is.')
  if (Object.keys(file.resources).length === 0)
    add('resources', `is empty, but ${needs} it`, 'Name the APIs that it calls.')
  if (methodOf(file) === 'none') add('grant_types', `${needs} a secret`, 'Give the client a secret, or keys.')
  if (!file.first_party)
    add('grant_types', `${needs} an application of your own`, 'Remove it: nobody was asked.')
  if (file.dpop_bound_access_tokens)
    add('dpop_bound_access_tokens', 'is not for token exchange', 'Bind tokens by certificate.')
  return found
}

function ofResources(file: ClientFile, resources: readonly Resource[]): Contradiction[] {
  return Object.entries(file.resources).flatMap(([identifier, scopes]) => {
    const path = `resources.${identifier}`
    const resource = resources.find((one) => one.identifier === identifier)
    if (!resource) {
      const known = resources.map((one) => one.identifier).join(', ') || 'none'
      return [{ path, reason: 'is not a resource of pforte.yaml', fix: `Known there: ${known}.` }]
    }
    return scopes
      .filter((scope) => !resource.scopes.includes(scope))
      .map((scope) => ({
        path,
        reason: `has no scope "${scope}"`,
        fix: `Use some of: ${resource.scopes.join(', ')}.`,
      }))
  })
}
