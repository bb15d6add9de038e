import { type RoutedContext, selfVisits } from '../self-visit.ts'
import { activityPages } from './activity.ts'
import { applicationPages } from './applications.ts'
import { credentialPages } from './credentials.ts'
import { dataPages } from './data.ts'
import { deletionPages } from './deletion.ts'
import { devicePages } from './devices.ts'
import { emailPages } from './email.ts'
import { methodsOf } from './methods.ts'
import type { AccountDeps, Handler } from './visit.ts'

/** „Kontoeinstellungen“: what a person sees and changes of the ways to sign in. Every POST ends in a redirect. */
export function accountRoutes(deps: AccountDeps) {
  const { journey, pages } = deps
  const { get, post, callback } = selfVisits(deps)
  const credentials = credentialPages(deps)
  const devices = devicePages(deps)
  const applications = applicationPages(deps)
  const activity = activityPages(deps)
  const data = dataPages(deps)
  const email = emailPages(deps)
  const deletion = deletionPages(deps)

  const overview: Handler = (at) => {
    const methods = methodsOf(at, journey.factors.values(), (time) => pages.day(at.ctx, time))
    at.show('account/security', { methods, username: at.account.username })
  }

  /** Set-up is a matter of the login: the same pages, the same gate. */
  const add: Handler = (at) => deps.sessions.begin(at.ctx, '/account', { wanted: at.fields.factor ?? '' })

  const removal = (ctx: RoutedContext): string => `/account/credentials/${ctx.params.id}/remove`
  const withdrawal = (ctx: RoutedContext): string => `/account/applications/${ctx.params.client}/withdraw`
  return {
    overview: get(overview),
    add: post(add),
    rename: get((at) => credentials.showRename(at)),
    submitRename: post(credentials.submitRename),
    remove: get((at) => credentials.showRemove(at), { confirm: true }),
    submitRemove: post(credentials.submitRemove, { confirm: true, page: removal }),
    sessions: get(devices.show),
    endSession: post(devices.end),
    endOthers: post(devices.endOthers),
    applications: get(applications.show),
    withdraw: get(applications.showWithdraw, { confirm: true }),
    submitWithdraw: post(applications.withdraw, { confirm: true, page: withdrawal }),
    activity: get(activity.show),
    data: get(data.show),
    language: post(data.language),
    download: post(data.download, { confirm: true, page: () => '/account/data' }),
    email: get((at) => email.show(at), { confirm: true }),
    submitEmail: post(email.submit, { confirm: true, page: () => '/account/email' }),
    emailCode: get((at) => email.showCode(at), { confirm: true }),
    submitEmailCode: post(email.submitCode, { confirm: true, page: () => '/account/email/code' }),
    deletion: get(deletion.show, { confirm: true }),
    submitDeletion: post(deletion.submit, { confirm: true, page: () => '/account/delete' }),
    deleted: (ctx: RoutedContext) =>
      pages.show(ctx, 'account/deleted', { days: deps.deletion.coolingOffDays }),
    callback,
  }
}
