import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import { AppError } from '../domain/errors.ts'
import type { Answer } from '../domain/factor.ts'
import type { accountRoutes } from './account/index.ts'
import { fieldsOf, parseForeignForm, parseForm } from './body.ts'
import { callback } from './callback.ts'
import type { deskRoutes } from './desk/index.ts'
import { guidePage } from './fit.ts'
import { freezePages } from './freeze.ts'
import { live, ready } from './health.ts'
import type { helpPages } from './help.ts'
import { interactionRoutes } from './interaction.ts'
import type { InteractionDeps } from './interaction-visit.ts'
import type { phonePages } from './phone.ts'
import type { workplacePages } from './workplace.ts'

export interface RouteDeps extends InteractionDeps {
  ready: () => Promise<void>
  help: ReturnType<typeof helpPages>
  phone: ReturnType<typeof phonePages>
  workplace: ReturnType<typeof workplacePages>
  account: ReturnType<typeof accountRoutes>
  desk: ReturnType<typeof deskRoutes> | undefined
}

/** What somebody brings along who turned back at the other site: which ceremony it was. */
const turnedBack = ({ query }: Context): Answer => ({
  RelayState: String(query.RelayState ?? ''),
  back: 'yes',
})

/** Every route of our own; the protocol's are oidc-provider's (src/oidc/provider.ts). */
export function routes(deps: RouteDeps): Middleware {
  const router = new Router()
  addOpen(router, deps)
  addLogin(router, deps)
  addAccount(router, deps.account)
  if (deps.desk) addDesk(router, deps.desk)
  addFactors(router, deps)
  const allowed = router.allowedMethods({
    throw: true,
    methodNotAllowed: () => new AppError('method_not_allowed'),
    notImplemented: () => new AppError('method_not_allowed'),
  })
  const dispatch = router.routes()
  return (ctx, next) => dispatch(ctx as never, () => allowed(ctx as never, next))
}

/** Those for which nobody needs to be on the way to an application. */
function addOpen(router: Router, deps: RouteDeps): void {
  const freeze = freezePages(deps.journey, deps.pages, deps.csrf)
  router.get('/health/live', live)
  router.get('/health/ready', ready(deps.ready))
  router.get('/help', deps.help.show)
  router.get('/help/:factor', guidePage(deps.journey, deps.pages))
  router.get('/workplace', deps.workplace.show)
  router.post('/workplace', parseForm, deps.workplace.submit)
  router.get('/phone', deps.phone.show)
  router.post('/phone', parseForm, deps.phone.submit)
  router.post('/phone/agree', parseForm, deps.phone.agree)
  router.post('/phone/answer', parseForm, deps.phone.answer)
  router.post('/phone/abort', parseForm, deps.phone.abort)
  router.get('/next', deps.workplace.idle)
  router.post('/next', parseForm, deps.workplace.next)
  router.get('/next/done', deps.workplace.done)
  router.get('/freeze', freeze.show)
  router.post('/freeze', parseForm, freeze.submit)
}

function addLogin(router: Router, deps: RouteDeps): void {
  const login = interactionRoutes(deps)
  router.get('/interaction/:uid/help', deps.help.within(login.help))
  router.get('/interaction/:uid', login.current)
  router.get('/interaction/:uid/other', login.other)
  router.get('/interaction/:uid/back/:factor/:token', login.returned)
  router.get('/interaction/:uid/file', login.file)
  router.get('/interaction/:uid/reset', login.reset)
  router.get('/interaction/:uid/register', login.register)
  router.get('/interaction/:uid/access', login.access)
  router.post('/interaction/:uid/access', parseForm, login.submitAccess)
  router.post('/interaction/:uid/reset', parseForm, login.submitReset)
  router.post('/interaction/:uid/register', parseForm, login.submitRegister)
  router.post('/interaction/:uid/send', parseForm, login.send)
  router.post('/interaction/:uid/code', parseForm, login.code)
  router.post('/interaction/:uid/account', parseForm, login.account)
  router.post('/interaction/:uid/leave', parseForm, login.leave)
  router.post('/interaction/:uid/answer', parseForm, login.answer)
  router.post('/interaction/:uid/begin', parseForm, login.begin)
  router.post('/interaction/:uid/choose', parseForm, login.choose)
  router.post('/interaction/:uid/link', parseForm, login.link)
  router.post('/interaction/:uid/bind', parseForm, login.bind)
  router.post('/interaction/:uid/create', parseForm, login.create)
  router.post('/interaction/:uid/skip', parseForm, login.skip)
  router.post('/interaction/:uid/continue', parseForm, login.continue)
  router.post('/interaction/:uid/phone', parseForm, login.phone)
  router.get('/interaction/:uid/phone/state', login.phoneState)
  router.post('/interaction/:uid/phone/stop', parseForm, login.phoneStop)
  router.post('/interaction/:uid/phone/confirm', parseForm, login.phoneConfirm)
  router.post('/interaction/:uid/agree', parseForm, login.agree)
  router.post('/interaction/:uid/abort', parseForm, login.abort)
}

function addAccount(router: Router, account: RouteDeps['account']): void {
  const one = '/account/credentials/:id'
  router.get('/account', account.overview)
  router.get('/account/callback', account.callback)
  router.get('/account/sessions', account.sessions)
  router.get('/account/applications', account.applications)
  router.get('/account/applications/:client/withdraw', account.withdraw)
  router.get('/account/activity', account.activity)
  router.get('/account/data', account.data)
  router.get('/account/email', account.email)
  router.get('/account/email/code', account.emailCode)
  router.get('/account/delete', account.deletion)
  router.get('/account/deleted', account.deleted)
  router.get(`${one}/rename`, account.rename)
  router.get(`${one}/remove`, account.remove)
  router.post('/account/add', parseForm, account.add)
  router.post('/account/sessions/end', parseForm, account.endSession)
  router.post('/account/sessions/end-others', parseForm, account.endOthers)
  router.post('/account/applications/:client/withdraw', parseForm, account.submitWithdraw)
  router.post('/account/data/language', parseForm, account.language)
  router.post('/account/data/download', parseForm, account.download)
  router.post('/account/email', parseForm, account.submitEmail)
  router.post('/account/email/code', parseForm, account.submitEmailCode)
  router.post('/account/delete', parseForm, account.submitDeletion)
  router.post(`${one}/rename`, parseForm, account.submitRename)
  router.post(`${one}/remove`, parseForm, account.submitRemove)
}

/** What a factor publishes, and where other sites send its answers. */
function addFactors(router: Router, deps: RouteDeps): void {
  for (const factor of deps.journey.factors.values()) {
    for (const [path, document] of Object.entries(factor.documents ?? {})) {
      router.get(path, (ctx) => Object.assign(ctx, document()))
    }
    if (!factor.callback) continue
    const { path, back } = factor.callback
    router.post(path, parseForeignForm, callback(deps.journey, deps.pages, factor, fieldsOf))
    router.get(back, callback(deps.journey, deps.pages, factor, turnedBack))
  }
}

function addDesk(router: Router, desk: ReturnType<typeof deskRoutes>): void {
  const one = '/desk/case/:id'
  router.get('/desk', desk.find)
  router.get('/desk/callback', desk.callback)
  router.get('/desk/create', desk.create)
  router.get('/desk/prepare', desk.prepare)
  router.get('/desk/sheets', desk.sheets)
  router.get('/desk/workplace', desk.workplace)
  router.post('/desk/workplace', parseForm, desk.submitWorkplace)
  router.get(one, desk.case)
  router.get(`${one}/code/:purpose`, desk.code)
  router.post('/desk/find', parseForm, desk.submitFind)
  router.post('/desk/trouble', parseForm, desk.trouble)
  router.post('/desk/create', parseForm, desk.submitCreate)
  router.post('/desk/prepare', parseForm, desk.submitPrepare)
  router.post(`${one}/code/:purpose`, parseForm, desk.submitCode)
  router.post(`${one}/approve`, parseForm, desk.approve)
  router.post(`${one}/number`, parseForm, desk.number)
}
