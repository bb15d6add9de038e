import { randomBytes } from 'node:crypto'
import type { Stores } from '../../journey/ports.ts'
import { loadSettings } from '../../settings/load.ts'
import type { ClientSettings } from '../../settings/types.ts'
import { CommandError } from '../exit.ts'
import { withStores } from '../open.ts'

const DAY = 24 * 3600

/** Makes a token by which one application of this profile may register itself, once. */
export async function makeToken({ profile, days }: { profile: string; days: string }): Promise<number> {
  const { clientRegistration, issuer } = loadSettings(process.env)
  if (!clientRegistration) {
    const reason = 'No application may register itself: pforte.yaml has no client_registration.'
    throw new CommandError('configuration', reason)
  }
  if (!clientRegistration.profiles.some((one) => one === profile))
    throw new CommandError('usage', `--profile must be one of: ${clientRegistration.profiles.join(', ')}.`)
  const lifetime = Number(days) * DAY
  if (!(lifetime > 0 && lifetime <= 90 * DAY))
    throw new CommandError('usage', '--days must be a number of days, at most 90.')
  const token = await withStores(({ stores }) => openRegistration(stores, profile, lifetime))
  console.error(`For one application, within ${days} days, at ${issuer}/register:`)
  console.log(token)
  return 0
}

/** The library's own initial access token, which names the profile as its policy. `lifetime` in seconds. */
export async function openRegistration(stores: Stores, profile: string, lifetime: number): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  const iat = Math.floor(Date.now() / 1000)
  const payload = { kind: 'InitialAccessToken', jti: token, iat, exp: iat + lifetime, policies: [profile] }
  await stores.tokens.upsert('InitialAccessToken', token, payload, lifetime)
  await stores.audit.append({ event: 'registration.opened', profile })
  return token
}

export const listRegistered = (): Promise<number> =>
  withStores(async ({ stores }) => {
    for (const client of await stores.registrations.all()) {
      const { clientId, profile, name } = client as ClientSettings
      console.log(`${clientId.padEnd(44)}${profile.padEnd(10)}${JSON.stringify(name)}`)
    }
    return 0
  })

/** Its tokens end with it, and what people agreed to. */
export const removeRegistered = (id: string): Promise<number> =>
  withStores(async ({ stores }) => {
    if (!(await stores.registrations.remove(id, { event: 'client.removed', clientId: id })))
      throw new CommandError(
        'data',
        `No application "${id}" has registered itself. Those of files go with their file.`,
      )
    console.log(`Removed ${id}; its tokens have ended.`)
    return 0
  })
