import { readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { bodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import Koa, { type Context, type Middleware } from 'koa'
import type { KeyPair } from './certificate.ts'
import { createPages } from './pages.ts'
import { Pending } from './pending.ts'
import { isPerson, loginOf, MEANS, PERSONS } from './persons.ts'
import { identityProviderMetadata } from './saml/metadata.ts'
import { type AuthnRequest, BadRequest, readRequest, type Service } from './saml/request.ts'
import { failureResponse, type Login, loginResponse, type Quirks } from './saml/response.ts'

export interface StandInOptions {
  /** Where browsers reach it, without trailing slash. */
  origin: string
  signing: KeyPair
  /** Online services that may ask; a function, since addresses may be known later than this. */
  services: () => readonly Service[]
  /** Milliseconds since 1970. */
  now: () => number
}

export interface StandIn {
  handler: RequestListener
  /** What a service provider must know of it. */
  metadata: string
  /** For tests: how the next answers are to be wrong. */
  misbehave(quirks: Quirks): void
}

const POST = '/idp/profile/SAML2/POST/SSO'
const REDIRECT = '/idp/profile/SAML2/Redirect/SSO'
const STYLE = readFileSync(join(import.meta.dirname, 'assets/style.css'))

/** A SAML identity provider that plays BundID: strict about requests, with invented people. */
export function createStandIn({ origin, signing, services, now }: StandInOptions): StandIn {
  const pages = createPages()
  const pending = new Pending(now)
  const entityId = `${origin}/idp`
  const sender = { entityId, signing, now }
  const metadata = identityProviderMetadata(entityId, { post: origin + POST, redirect: origin + REDIRECT }, [
    signing.certificate,
  ])
  let quirks: Quirks = {}

  const choose = (ctx: Context, request: AuthnRequest): void => {
    const means = MEANS.filter((one) => one.level >= request.level && request.means.includes(one.id))
    pages.show(ctx, 'choose', {
      id: pending.add(request),
      service: request.displayName,
      means,
      persons: PERSONS,
      backUrl: request.backUrl,
    })
  }
  const sendBack = (ctx: Context, request: AuthnRequest, xml: string): void =>
    pages.show(ctx, 'back', {
      service: request.displayName,
      action: request.service.consumer,
      fields: { SAMLResponse: Buffer.from(xml).toString('base64'), RelayState: request.relayState },
    })
  const answer = (ctx: Context): void => {
    const fields = ctx.request.body as Record<string, string>
    const request = pending.take(String(fields.id))
    if (!request) throw new BadRequest('expired')
    const to = { ...request.service, requestId: request.id }
    const means = MEANS.find(({ id, level }) => id === fields.means && level >= request.level)
    const person = String(fields.person)
    const xml =
      means && isPerson(person)
        ? loginResponse(sender, to, only(request.attributes, loginOf(person, means, request.service)), quirks)
        : failureResponse(sender, to, 'AuthnFailed', quirks)
    sendBack(ctx, request, xml)
  }

  const form = bodyParser({ enableTypes: ['form'], formLimit: '64kb' })
  const router = new Router()
  router.get('/', (ctx) => pages.show(ctx, 'home', {}))
  router.get('/style.css', (ctx) => {
    ctx.type = 'css'
    ctx.body = STYLE
  })
  router.get('/idp', (ctx) => {
    ctx.type = 'application/samlmetadata+xml'
    ctx.body = metadata
  })
  router.post(POST, form, async (ctx) => {
    const body = ctx.request.body as Record<string, unknown>
    choose(ctx, await readRequest({ body }, origin + POST, services()))
  })
  router.get(REDIRECT, async (ctx) =>
    choose(ctx, await readRequest({ query: ctx.querystring }, origin + REDIRECT, services())),
  )
  router.post('/answer', form, answer)

  const app = new Koa()
  app.use(refusals(pages.show))
  app.use(router.routes() as unknown as Middleware)
  return {
    handler: app.callback(),
    metadata,
    misbehave: (next) => {
      quirks = next
    },
  }
}

/** What was asked for and nothing more. */
const only = (wanted: readonly string[], { about = {}, ...login }: Login): Login => ({
  ...login,
  about: Object.fromEntries(Object.entries(about).filter(([name]) => wanted.includes(name))),
})

/** A request that is not accepted ends here, as at BundID: nobody is sent back to an address that was not proven. */
function refusals(show: ReturnType<typeof createPages>['show']): Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      ctx.status = 400
      show(ctx, 'error', { code: error instanceof BadRequest ? error.message : 'malformed' })
    }
  }
}
