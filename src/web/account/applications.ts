import { AppError } from '../../domain/errors.ts'
import type { Connection } from '../../journey/ports.ts'
import { withdraw } from '../../journey/withdraw.ts'
import type { Access } from '../consent.ts'
import type { AccountDeps, Handler, Visit } from './visit.ts'

/** One connected application as the person sees it. */
export interface ApplicationView extends Access {
  path: string
  since: string
  used: string
}

/** „Verbundene Dienste“: where the person has been signed in, and what each may have; any can be disconnected. */
export function applicationPages({ journey, pages, access }: AccountDeps) {
  const { connections } = journey.stores
  const viewOf = (
    { ctx }: Visit,
    { clientId, since, lastUsedAt, consented }: Connection,
  ): ApplicationView => ({
    ...access(clientId, consented),
    path: `applications/${encodeURIComponent(clientId)}/withdraw`,
    since: pages.day(ctx, since),
    used: pages.day(ctx, lastUsedAt),
  })

  const show: Handler = async (at) => {
    const all = await connections.ofAccount(at.account.id)
    at.show('account/applications', { applications: all.map((one) => viewOf(at, one)) })
  }

  const showWithdraw: Handler = async (at) => {
    const all = await connections.ofAccount(at.account.id)
    const one = all.find(({ clientId }) => clientId === at.ctx.params.client)
    if (!one) throw new AppError('not_found')
    at.show('account/withdraw', { application: viewOf(at, one) })
  }

  const submit: Handler = async (at) => {
    if (!(await withdraw(journey, at.account.id, at.ctx.params.client ?? '', at.requestId)))
      throw new AppError('not_found')
    at.goTo('/account/applications')
  }

  return { show, showWithdraw, withdraw: submit }
}
