import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import { AppError } from '../domain/errors.ts'
import type { Answer } from '../domain/factor.ts'
import type { accountRoutes } from './account/index.ts'
import { fieldsOf, parseForeignForm, parseForm } from './body.ts'
import { callback } from './callback.ts'
import { live, ready } from './health.ts'
import { type InteractionDeps, interactionRoutes } from './interaction.ts'

export interface RouteDeps extends InteractionDeps {
  ready: () => Promise<void>
  help: Middleware
  account: ReturnType<typeof accountRoutes>
}

/** What somebody brings along who turned back at the other site: which ceremony it was. */
const turnedBack = ({ query }: Context): Answer => ({
  RelayState: String(query.RelayState ?? ''),
  back: 'yes',
})

/** Every route of our own; the protocol's are oidc-provider's (src/oidc/provider.ts). */
export function routes(deps: RouteDeps): Middleware {
  const router = new Router()
  const login = interactionRoutes(deps)
  router.get('/health/live', live)
  router.get('/health/ready', ready(deps.ready))
  router.get('/help', deps.help)
  router.get('/interaction/:uid', login.current)
  router.get('/interaction/:uid/other', login.other)
  router.get('/interaction/:uid/back/:factor/:token', login.returned)
  router.get('/interaction/:uid/file', login.file)
  router.post('/interaction/:uid/answer', parseForm, login.answer)
  router.post('/interaction/:uid/begin', parseForm, login.begin)
  router.post('/interaction/:uid/choose', parseForm, login.choose)
  router.post('/interaction/:uid/link', parseForm, login.link)
  router.post('/interaction/:uid/bind', parseForm, login.bind)
  router.post('/interaction/:uid/create', parseForm, login.create)
  router.post('/interaction/:uid/skip', parseForm, login.skip)
  router.post('/interaction/:uid/continue', parseForm, login.continue)
  router.post('/interaction/:uid/agree', parseForm, login.agree)
  router.post('/interaction/:uid/abort', parseForm, login.abort)

  const { account } = deps
  const one = '/account/credentials/:id'
  router.get('/account', account.overview)
  router.get('/account/callback', account.callback)
  router.get('/account/sessions', account.sessions)
  router.get(`${one}/rename`, account.rename)
  router.get(`${one}/remove`, account.remove)
  router.post('/account/add', parseForm, account.add)
  router.post('/account/sessions/end', parseForm, account.endSession)
  router.post('/account/sessions/end-others', parseForm, account.endOthers)
  router.post(`${one}/rename`, parseForm, account.submitRename)
  router.post(`${one}/remove`, parseForm, account.submitRemove)

  for (const factor of deps.journey.factors.values()) {
    for (const [path, document] of Object.entries(factor.documents ?? {})) {
      router.get(path, (ctx) => Object.assign(ctx, document()))
    }
    if (!factor.callback) continue
    const { path, back } = factor.callback
    router.post(path, parseForeignForm, callback(deps.journey, deps.pages, factor, fieldsOf))
    router.get(back, callback(deps.journey, deps.pages, factor, turnedBack))
  }

  const allowed = router.allowedMethods({
    throw: true,
    methodNotAllowed: () => new AppError('method_not_allowed'),
    notImplemented: () => new AppError('method_not_allowed'),
  })
  const dispatch = router.routes()
  return (ctx, next) => dispatch(ctx as never, () => allowed(ctx as never, next))
}
