import { disclose } from '../../journey/disclose.ts'
import type { AccountDeps, Handler } from './visit.ts'

/** „Ihre Daten“: what is stored of the person, the language of mails, and all of it as a file. */
export function dataPages({ journey, pages, deletion }: AccountDeps) {
  const show: Handler = (at) => {
    const languages = pages
      .languages()
      .map(({ code, name }) => ({ code, name, current: code === at.account.locale }))
    at.show('account/data', {
      account: at.account,
      deletable: deletion.selfService,
      mails: journey.mails,
      languages,
    })
  }

  const language: Handler = async (at) => {
    const { id } = at.account
    const chosen = pages.languages().find(({ code }) => code === at.fields.language)
    if (!chosen) return at.goTo('/account/data')
    await journey.stores.accounts.setLocale(id, chosen.code, {
      event: 'account.language_changed',
      accountId: id,
      requestId: at.requestId,
    })
    at.goTo(`/account/data?lang=${chosen.code}`)
  }

  const download: Handler = async (at) => {
    const data = await disclose(journey, at, at.requestId)
    at.ctx.set('Cache-Control', 'no-store')
    at.ctx.attachment('pforte.json')
    at.ctx.type = 'application/json'
    at.ctx.body = JSON.stringify(data, null, 2)
  }

  return { show, language, download }
}
