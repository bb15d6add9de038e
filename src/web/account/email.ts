import { AppError } from '../../domain/errors.ts'
import { announced, announceEmail, type Changing, confirmEmail } from '../../journey/new-email.ts'
import type { PageOptions } from '../page.ts'
import type { AccountDeps, Handler, Visit } from './visit.ts'

/** „E-Mail-Adresse ändern“: the new one counts once the code is typed that it was sent. */
export function emailPages({ journey }: AccountDeps) {
  const changing = ({ account, login, requestId }: Visit): Changing => ({
    account,
    sessionUid: login.sessionUid,
    requestId,
  })

  const show = (at: Visit, options: PageOptions = {}): void => {
    if (!journey.mails) throw new AppError('not_found')
    at.show('account/email', {}, options)
  }

  const submit: Handler = async (at) => {
    const typed = at.fields.email ?? ''
    const outcome = await announceEmail(journey, changing(at), typed)
    if (outcome === 0) return at.goTo('/account/email/code')
    const wrong = typeof outcome === 'string'
    const error = wrong
      ? { key: outcome === 'malformed' ? 'entry.err.email' : `email.err.${outcome}`, field: 'email' }
      : { key: 'entry.err.wait', params: { minutes: Math.ceil(outcome / 60) } }
    show(at, { status: wrong ? 422 : 429, errors: [error], values: { email: typed } })
  }

  const showCode = async (at: Visit, options: PageOptions = {}): Promise<void> => {
    const address = await announced(journey, changing(at))
    if (address === undefined) return at.goTo('/account/email')
    at.show('account/email-code', { address }, options)
  }

  const submitCode: Handler = async (at) => {
    const outcome = await confirmEmail(journey, changing(at), at.fields.code ?? '')
    if (outcome === 'changed' || outcome === 'unknown') return at.goTo('/account/data')
    if (outcome === 'taken')
      return show(at, { status: 422, errors: [{ key: 'email.err.taken', field: 'email' }] })
    const error = { key: `entry.err.${outcome}`, field: 'code' }
    return showCode(at, { status: outcome === 'too_many_attempts' ? 429 : 422, errors: [error] })
  }

  return { show, submit, showCode, submitCode }
}
