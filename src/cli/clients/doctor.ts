import { factorsFor } from '../../composition.ts'
import { createHasher } from '../../factors/password/hash.ts'
import { CLAIMS_BY_SCOPE } from '../../oidc/claims.ts'
import { consentFor } from '../../oidc/clients.ts'
import { loadSettings } from '../../settings/load.ts'
import type { ClientSettings, Settings } from '../../settings/types.ts'
import { clientNamed, warningsOf } from './show.ts'
import { simulate, type Way } from './simulate.ts'

const REACH_MS = 5_000

/** Says what people would meet at an application now, and what it would be told. 1: something cannot be reached. */
export async function doctor(
  id: string,
  { group, reach }: { group: string; reach?: boolean },
): Promise<number> {
  const settings = loadSettings(process.env)
  const client = clientNamed(settings, id)
  for (const line of warningsOf(client)) console.log(line)
  if (client.grantTypes.includes('client_credentials'))
    console.log('Gets tokens for itself; no person is involved.')
  if (client.grantTypes.some((grant) => grant !== 'client_credentials'))
    describePeople(settings, client, group)
  return reach ? reachAll(client) : 0
}

function describePeople(settings: Settings, client: ClientSettings, group: string): void {
  const { live } = settings
  const hasher = createHasher(settings.password)
  const factors = factorsFor(settings, { hasher, live: () => live, now: Date.now })
  const people = [
    ['password'],
    ...[...factors.keys()].filter((id) => id !== 'password').map((id) => ['password', id]),
  ]
  for (const has of people) {
    const way = simulate(live, factors, client, { group, factors: has }, Date.now())
    console.log(
      `Somebody who has ${has.join(' and ')}:\n${linesOf(way)
        .map((line) => `  ${line}`)
        .join('\n')}`,
    )
  }
  const asks = new Set(client.redirectUris.map((uri) => consentFor(client, uri)))
  const consent = asks.has('always') ? 'each time' : asks.has('once') ? 'once' : 'never'
  console.log(`Is asked for consent: ${consent}.`)
  const claims = client.scope.flatMap((scope) => CLAIMS_BY_SCOPE[scope as keyof typeof CLAIMS_BY_SCOPE] ?? [])
  console.log(`Claims, where the account has them: ${claims.join(', ')}.`)
}

const linesOf = ({ pages, end }: Way): string[] => [
  ...pages,
  'refused' in end
    ? `is refused: ${end.refused}`
    : `comes back with acr ${end.assurance.acr ?? 'none'}, amr ${end.assurance.amr.join(' ')}`,
]

async function reachAll({ keys, backchannelLogoutUri }: ClientSettings): Promise<number> {
  const jwksUri = keys && 'jwksUri' in keys ? keys.jwksUri : undefined
  const addresses = [jwksUri, backchannelLogoutUri].filter((address) => address !== undefined)
  const answers = await Promise.all(addresses.map(reached))
  for (const [i, answer] of answers.entries()) console.log(`${addresses[i]}: ${answer.text}`)
  return answers.every(({ ok }) => ok) ? 0 : 1
}

/** From where this command runs; that may be another network than the server's. */
async function reached(address: string): Promise<{ ok: boolean; text: string }> {
  try {
    const { status } = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(REACH_MS) })
    // A logout address takes POST alone; that it says so shows that somebody is there.
    const ok = status < 500 && status !== 404
    return { ok, text: `answers with ${status}` }
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } }
    return { ok: false, text: `cannot be reached (${cause?.code ?? message})` }
  }
}
