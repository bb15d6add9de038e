import { randomBytes, randomUUID } from 'node:crypto'
import { type Configuration, errors, type KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { Registrations } from '../journey/ports.ts'
import { metadata, type Registered } from './clients.ts'

export const REGISTRATION_PATH = '/register'

export interface RegistrationDeps {
  profiles: readonly string[]
  /** An application as files know it, or what is wrong with it, in words. */
  accept(
    profile: string,
    id: { clientId: string; secret: string | undefined },
    asked: object,
  ): Registered | string
  stores: { registrations: Registrations }
}

/** Applications that registered themselves. */
export interface Registry {
  /** One that has been loaded; whoever asks has found it by `load` in the same request. */
  known(clientId: string): Registered | undefined
  load(clientId: string): Promise<Registered | undefined>
}

/** Where none may register (any longer), there are none. */
export function createRegistry(deps: RegistrationDeps | undefined): Registry {
  const loaded = new Map<string, Registered>()
  return {
    known: (clientId) => loaded.get(clientId),
    async load(clientId) {
      const found = (await deps?.stores.registrations.find(clientId)) as Registered | undefined
      const client = found && deps?.profiles.includes(found.profile) ? found : undefined
      if (client) loaded.set(clientId, client)
      else loaded.delete(clientId)
      return client
    },
  }
}

/**
 * Dynamic registration (RFC 7591), each with a token that the operator made for one profile. What is registered cannot be
 * changed by its application: who could, could also lead people astray.
 */
export function registration(
  deps: RegistrationDeps,
): NonNullable<NonNullable<Configuration['features']>['registration']> {
  const held = (profile: string) => (ctx: KoaContextWithOIDC, properties: Record<string, unknown>) => {
    const { client_id: clientId, client_secret: secret, client_id_issued_at } = properties
    const id = { clientId: String(clientId), secret: typeof secret === 'string' ? secret : undefined }
    const client = deps.profiles.includes(profile)
      ? deps.accept(profile, id, { ...properties })
      : `the profile ${profile} is not open to registration`
    if (typeof client === 'string') throw new errors.InvalidClientMetadata(client)
    ctx.state.registered = client
    for (const name of Object.keys(properties)) delete properties[name]
    const expiry = client.secret ? { client_secret_expires_at: 0 } : {}
    Object.assign(properties, { client_id_issued_at, ...metadata(client), ...expiry })
  }
  return {
    enabled: true,
    initialAccessToken: true,
    idFactory: () => `app-${randomUUID()}`,
    secretFactory: () => randomBytes(32).toString('base64url'),
    issueRegistrationAccessToken: false,
    policies: Object.fromEntries(deps.profiles.map((profile) => [profile, held(profile)])) as never,
  }
}

/** The library stores what it has checked; the token is spent with it, and not by a mistake before. */
export async function keepRegistered({ stores }: RegistrationDeps): Promise<void> {
  const ctx = Provider.ctx as KoaContextWithOIDC | undefined
  const client = ctx?.state.registered as Registered | undefined
  const token = ctx?.oidc.entities.InitialAccessToken?.jti
  if (!client || !token) throw new Error('applications register by the operator’s token alone')
  const { clientId } = client
  const event = { event: 'client.registered', clientId, requestId: String(ctx?.state.requestId) } as const
  if (!(await stores.registrations.add(clientId, client, token, event)))
    throw new errors.InvalidToken('initial access token has been used')
}
