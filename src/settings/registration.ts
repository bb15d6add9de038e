import { z } from 'zod'
import { contradictions } from './client-rules.ts'
import { settingsOf } from './clients.ts'
import { explain } from './explain.ts'
import { type Finding, Findings } from './findings.ts'
import type { ProfileName } from './profiles.ts'
import { clientSchema } from './schema-client.ts'
import type { ClientSettings, Settings } from './types.ts'

/** What an application may say of itself; the names that files have, too. Anything else is passed over (RFC 7591, 2). */
const askable = z.object({
  // Nothing invisible, and nothing that turns what is written beside it.
  client_name: z
    .string()
    .regex(/^[^\p{C}]{1,60}$/u)
    .exactOptional(),
  scope: z.string().exactOptional(),
  redirect_uris: z.unknown().optional(),
  post_logout_redirect_uris: z.unknown().optional(),
  initiate_login_uri: z.unknown().optional(),
  backchannel_logout_uri: z.unknown().optional(),
  jwks: z.unknown().optional(),
  jwks_uri: z.unknown().optional(),
  token_endpoint_auth_method: z.unknown().optional(),
  grant_types: z.unknown().optional(),
  id_token_signed_response_alg: z.unknown().optional(),
  subject_type: z.unknown().optional(),
  dpop_bound_access_tokens: z.unknown().optional(),
  require_pushed_authorization_requests: z.unknown().optional(),
  require_signed_request_object: z.unknown().optional(),
})

/** What an application does for itself, or for people who are not there, is for files. */
const SIGN_IN = ['authorization_code', 'refresh_token']

const alike = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')

type Registration = NonNullable<Settings['clientRegistration']>
export type Accepted = { client: ClientSettings } | { findings: readonly Finding[] }

/**
 * An application that registers itself, held to the same rules as a file of its profile: somebody else's, so that people
 * are asked; with scopes that the operator has opened, no APIs and nothing that loosens. `taken`: names that people know others by.
 */
export function acceptRegistration(
  { scope: open }: Registration,
  taken: readonly string[],
  profile: ProfileName,
  id: { clientId: string; secret: string | undefined },
  asked: unknown,
): Accepted {
  const findings = new Findings()
  const wanted = askable.safeParse(asked)
  if (!wanted.success) {
    for (const issue of wanted.error.issues) explain(issue, '', findings, askable)
    return { findings: findings.all }
  }
  const { client_name: name, scope = 'openid', ...rest } = wanted.data
  const given = Object.entries(rest).filter(([, value]) => value !== undefined)
  const scopes = scope.split(' ').filter(Boolean)
  const file = clientSchema.safeParse({
    ...Object.fromEntries(given),
    client_id: id.clientId,
    name: name ?? id.clientId,
    profile,
    scope: scopes,
  })
  if (!file.success) {
    for (const issue of file.error.issues) explain(issue, '', findings, clientSchema)
    return { findings: findings.all }
  }
  if (name !== undefined && taken.some((one) => alike(one) === alike(name)))
    findings.add('', 'client_name', 'is the name of somebody else', 'Choose another one.')
  for (const one of scopes.filter((name) => !open.includes(name)))
    findings.add('', 'scope', `"${one}" is not open to registration`, `Use some of: ${open.join(' ')}.`)
  for (const grant of file.data.grant_types?.filter((one) => !SIGN_IN.includes(one)) ?? [])
    findings.add('', 'grant_types', `"${grant}" is not open to registration`, `Use ${SIGN_IN.join(', ')}.`)
  for (const { path, reason, fix } of contradictions(file.data, { resources: [], mtls: false, details: {} }))
    findings.add('', path, reason, fix)
  if (findings.all.length > 0) return { findings: findings.all }
  const client = settingsOf(file.data, id.secret === undefined ? {} : { secret: id.secret })
  const { secret: _, ...keyless } = client
  return {
    client: { ...(client.authMethod.startsWith('client_secret') ? client : keyless), firstParty: false },
  }
}
