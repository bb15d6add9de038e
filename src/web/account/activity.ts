import type { Machine } from '../../domain/machine.ts'
import type { AuditRow } from '../../journey/ports.ts'
import type { AccountDeps, Handler, Visit } from './visit.ts'

const PAGE = 25

/** „Was in Ihrem Konto passiert ist“: the account's own audit in words, newest first. */
export function activityPages({ journey, pages, access, client }: AccountDeps) {
  const words = ({ ctx }: Visit, { event, data, clientId }: AuditRow): string => {
    const { t } = pages.language(ctx)
    const { factor, on, reason, purpose } = data as Details
    const machine = on && [on.browser, on.system].filter(Boolean).join(', ')
    const details = [
      factor && t(`method.${factor}`),
      purpose && t(`act.code.${purpose}`),
      event === 'factor.refused' && reason === 'too_many_attempts' && t('act.tooMany'),
      // That they were at these pages, they know.
      clientId && clientId !== client.clientId && access(clientId, []).name,
      machine,
    ]
    return [t(`act.${event}`), details.filter(Boolean).join(', ')].filter(Boolean).join(': ')
  }

  const show: Handler = async (at) => {
    const before = /^\d{1,18}$/.exec(String(at.ctx.query.before ?? ''))?.[0]
    const rows = await journey.stores.audit.ofAccount(at.account.id, PAGE + 1, before)
    const shown = rows.slice(0, PAGE)
    const { has } = pages.language(at.ctx)
    // A newer instance beside this one may record what this one has no words for yet.
    const told = shown.filter(({ event }) => has(`act.${event}`))
    const entries = told.map((row) => ({ at: pages.moment(at.ctx, row.at), text: words(at, row) }))
    const older = rows.length > PAGE ? shown.at(-1)?.id : undefined
    at.show('account/activity', { entries, older, newest: before === undefined })
  }

  return { show }
}

/** What events say besides, each where it has it. */
interface Details {
  factor?: string
  on?: Machine
  reason?: string
  purpose?: string
}
