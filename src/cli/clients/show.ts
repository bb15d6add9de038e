import { warnings } from '../../settings/client-rules.ts'
import { loadSettings } from '../../settings/load.ts'
import type { ClientSettings, Settings } from '../../settings/types.ts'
import { CommandError } from '../exit.ts'

export function listClients(): number {
  const { live } = loadSettings(process.env)
  for (const { clientId, name, profile } of live.clients.values())
    console.log(`${clientId.padEnd(24)}${profile.padEnd(10)}${name}`)
  return 0
}

export function showClient(id: string): number {
  for (const [key, value] of Object.entries(described(clientNamed(loadSettings(process.env), id))))
    console.log(`${key.padEnd(26)}${value}`)
  return 0
}

/** Loads as a start would; throws `SettingsError` with every mistake. */
export function checkClients(): number {
  const { live } = loadSettings(process.env)
  const all = [...live.clients.values()]
  for (const client of all) for (const line of warningsOf(client)) console.log(line)
  console.log(`${all.length} application(s), all correct.`)
  return 0
}

/** Each as a line for the terminal. */
export const warningsOf = (client: ClientSettings): string[] =>
  warnings(client).map(
    ({ path, reason, fix }) =>
      `warning: clients/${client.clientId}.yaml: ${path}: ${reason}\n  advice: ${fix}`,
  )

export function clientNamed({ live }: Settings, id: string): ClientSettings {
  const client = live.clients.get(id)
  if (client) return client
  const known = [...live.clients.keys()].join(', ') || 'none'
  throw new CommandError('data', `There is no application "${id}". Known: ${known}.`)
}

/** In the names of the file; of a secret alone that there is one. */
function described(client: ClientSettings): Record<string, string> {
  const { keys, resources, requirement } = client
  return {
    client_id: client.clientId,
    name: client.name,
    profile: client.profile,
    redirect_uris: client.redirectUris.join(', '),
    post_logout_redirect_uris: client.postLogoutRedirectUris.join(', '),
    backchannel_logout_uri: client.backchannelLogoutUri ?? '',
    authentication: client.authMethod,
    secrets: String([client.secret, client.nextSecret].filter(Boolean).length),
    keys: keys ? ('jwks' in keys ? `${keys.jwks.keys.length} in the file` : keys.jwksUri) : '',
    grant_types: client.grantTypes.join(', '),
    scope: client.scope.join(' '),
    claims: client.claims
      ? Object.entries(client.claims)
          .map(([name, source]) => `${name} (${source})`)
          .join(', ')
      : 'those of its scopes',
    resources: Object.entries(resources)
      .map(([api, scopes]) => `${api} (${scopes.join(' ')})`)
      .join(', '),
    token_exchange_from: (client.exchanges ?? []).join(', '),
    authorization_details: (client.details ?? []).join(', '),
    pkce: client.pkce,
    pushed_requests: said(client.pushedRequests),
    signed_requests: said(client.signedRequests),
    signed_answers: said(client.signedAnswers ?? false),
    certificate: client.certificateName?.join(': ') ?? '',
    bound_tokens: client.certificateBound ? 'required, by certificate' : said(client.dpop),
    subject_type: client.pairwise ? 'pairwise' : 'public',
    access_token_lifetime: `${client.accessTokenLifetime} s`,
    refresh_token_lifetime: client.refreshTokenLifetime
      ? `${client.refreshTokenLifetime} s`
      : 'as in pforte.yaml',
    consent: client.firstParty ? 'not asked' : 'asked once',
    demands: requirement ? JSON.stringify(requirement) : 'what policy.yaml says',
  }
}

const said = (required: boolean): string => (required ? 'required' : 'possible')
