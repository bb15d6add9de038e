import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { Registered } from './clients.ts'

/** What an authorization may be for in detail: at which API, and what each action is called, by language. */
export interface DetailType {
  resource: string
  actions: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** One authorization in detail, as requests and tokens have it (RFC 9396, 2). */
export interface Detail {
  type: string
  actions: string[]
  locations?: string[]
  identifier?: string
}

export interface DetailDeps {
  details: Readonly<Record<string, DetailType>>
  client: (clientId: string) => Registered | undefined
}

const FIELDS = new Set(['type', 'actions', 'locations', 'identifier'])
/** People read it: nothing invisible, and nothing that turns what is written beside it. */
const READABLE = /^[^\p{C}]{1,60}$/u

/**
 * Rich authorization requests (RFC 9396): types, actions and their sentences are the operator's, so that people read what
 * they agree to, each time. Whatever a type does not know is refused. (The types of the library's settings know this feature only
 * together with others.)
 */
export function richAuthorization({ details, client }: DetailDeps): object {
  const validate = (ctx: KoaContextWithOIDC, given: object, { clientId }: { clientId: string }) => {
    const detail = given as Detail
    const type = details[detail.type]
    const wrong = (reason: string) => new errors.InvalidAuthorizationDetails(reason)
    if (!type || !client(clientId)?.details?.includes(detail.type))
      throw wrong('this type is not for the application')
    if (ctx.oidc.route === 'device_authorization') throw wrong('a device cannot ask for this')
    if (Object.keys(detail).some((field) => !FIELDS.has(field))) throw wrong('a field is not known')
    if (!detail.actions?.length || !detail.actions.every((action) => Object.hasOwn(type.actions, action)))
      throw wrong(`actions must be some of: ${Object.keys(type.actions).join(', ')}`)
    if (detail.identifier !== undefined && !READABLE.test(detail.identifier))
      throw wrong('identifier must be readable, of at most 60 characters')
    if (detail.locations?.some((location) => location !== type.resource)) throw wrong('another location')
    if (![ctx.oidc.params?.resource].flat().includes(type.resource))
      throw new errors.InvalidTarget(`name ${type.resource} as resource`)
  }
  return {
    enabled: true,
    types: Object.fromEntries(Object.keys(details).map((type) => [type, { validate }])),
    // The consent of this request alone; a code without it carries nothing.
    authorizationDetailsForGrantSource: (ctx: KoaContextWithOIDC) =>
      (ctx.oidc.result?.consent as { agreed?: boolean } | undefined)?.agreed
        ? detailsIn({ ...ctx.oidc.params })
        : undefined,
    authorizationDetailsForAccessToken(
      ctx: KoaContextWithOIDC,
      token: { aud?: unknown },
      source?: { rar?: unknown },
    ) {
      const agreed = (source?.rar ?? []) as Detail[]
      const known = new Set(agreed.map((detail) => JSON.stringify(detail)))
      const wanted = ctx.oidc.params?.authorization_details ? detailsIn({ ...ctx.oidc.params }) : agreed
      if (!wanted.every((detail) => known.has(JSON.stringify(detail))))
        throw new errors.InvalidAuthorizationDetails('more than what was agreed to')
      return wanted.filter(({ type }) => details[type]?.resource === token.aud)
    },
    authorizationDetailsForIntrospection: (_ctx: KoaContextWithOIDC, token: { rar?: unknown }) => token.rar,
  }
}

/** Those of a request that the library has let through. */
export const detailsIn = ({ authorization_details: written }: Record<string, unknown>): Detail[] =>
  typeof written === 'string' ? (JSON.parse(written) as Detail[]) : []
