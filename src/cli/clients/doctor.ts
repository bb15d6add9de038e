import { plannable } from '../../composition.ts'
import { claimsIn } from '../../domain/claims.ts'
import type { Held, Offerable } from '../../domain/decide.ts'
import { forecast } from '../../domain/forecast.ts'
import { consentFor } from '../../oidc/clients.ts'
import { loadSettings } from '../../settings/load.ts'
import type { ClientSettings, Settings } from '../../settings/types.ts'
import { stepped } from '../policy/words.ts'
import { clientNamed, warningsOf } from './show.ts'

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

/** Accounts as they are most often; what a rule for a share of people means for one, `pforte policy explain` says. */
function describePeople(settings: Settings, client: ClientSettings, group: string): void {
  const factors = plannable(settings)
  const others = factors.filter(({ id, enrollable }) => id !== 'password' && enrollable)
  const at = {
    policy: settings.live.policy,
    factors,
    client,
    acrValues: client.defaultAcrValues ?? [],
    sessionAbsolute: settings.session.absolute,
    mails: settings.mail !== undefined,
    now: Date.now(),
  }
  for (const has of [['password'], ...others.map(({ id }) => ['password', id])]) {
    const credentials = factors.filter(({ id }) => has.includes(id)).map(held)
    const { steps } = forecast({ id: '', group, locked: false, reachable: true }, credentials, at)
    console.log(`Somebody who has ${has.join(' and ')}:`)
    for (const step of steps) console.log(`  ${stepped(step)}`)
  }
  const asks = new Set(client.redirectUris.map((uri) => consentFor(client, { redirect_uri: uri })))
  const consent = asks.has('always') ? 'each time' : asks.has('once') ? 'once' : 'never'
  console.log(`Is asked for consent: ${consent}.`)
  const claims = claimsOf(client)
  console.log(`Claims, where the account has them: ${claims.join(', ')}.`)
}

/** In the application's own names. */
function claimsOf({ scope, claims: names }: ClientSettings): string[] {
  const ours = scope.flatMap((one) => claimsIn(one, names))
  if (!names) return ours
  const own = Object.entries(names).map(([name, source]) => (name === source ? name : `${name} (${source})`))
  return [...claimsIn('openid').filter((claim) => ours.includes(claim)), ...own]
}

const held = ({ id, yields }: Offerable): Held => ({ id, factor: id, strength: yields, suspended: false })

async function reachAll({ keys, backchannelLogoutUri }: ClientSettings): Promise<number> {
  const jwksUri = keys && 'jwksUri' in keys ? keys.jwksUri : undefined
  const answers = await Promise.all([
    ...(jwksUri ? [reached(jwksUri, wrongWithKeys)] : []),
    ...(backchannelLogoutUri ? [reached(backchannelLogoutUri, takesPosts)] : []),
  ])
  for (const { address, text } of answers) console.log(`${address}: ${text}`)
  return answers.every(({ ok }) => ok) ? 0 : 1
}

interface Reached {
  address: string
  ok: boolean
  text: string
}

/** From where this command runs; that may be another network than the server's. */
async function reached(
  address: string,
  wrongWith: (response: Response) => Promise<string | undefined>,
): Promise<Reached> {
  try {
    const response = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(REACH_MS) })
    const wrong = await wrongWith(response)
    return { address, ok: !wrong, text: `answers with ${response.status}${wrong ? `; ${wrong}` : ''}` }
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } }
    return { address, ok: false, text: `cannot be reached (${cause?.code ?? message})` }
  }
}

/** A logout address takes POST alone; that it says so shows that somebody is there. */
const takesPosts = async ({ status }: Response): Promise<string | undefined> =>
  status < 500 && status !== 404 ? undefined : 'nobody takes logouts there'

/** Public keys, each with a name, so that one can follow the other (RFC 7517, 4.5). */
async function wrongWithKeys(response: Response): Promise<string | undefined> {
  if (!response.ok) return 'there are no keys'
  const set = (await response.json().catch(() => undefined)) as { keys?: unknown } | undefined
  if (!Array.isArray(set?.keys) || set.keys.length === 0) return 'there are no keys'
  const keys = set.keys as Record<string, unknown>[]
  if (keys.some((key) => 'd' in key || 'k' in key)) return 'a private key is published: replace it at once'
  if (keys.some((key) => typeof key.kid !== 'string')) return 'a key has no kid'
  return undefined
}
