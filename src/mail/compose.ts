import { join } from 'node:path'
import { Eta } from 'eta'
import { grouped } from '../domain/spoken.ts'
import type { Letter } from '../journey/ports.ts'
import type { Operator } from '../settings/types.ts'
import type { Language, Languages, Params } from '../web/languages.ts'

const VIEWS = join(import.meta.dirname, '../../views')
const html = new Eta({ views: VIEWS, cache: true, autoTrim: false })
const plain = new Eta({ views: VIEWS, cache: true, autoTrim: false, autoEscape: false })

export interface Mail {
  subject: string
  text: string
  html: string
}

export interface Sender {
  operator: Operator
  /** Origin of the pages. */
  issuer: string
}

/**
 * A letter in the language of its account, else in the operator's first. `freeze`: the code with which its reader can
 * lock the account.
 */
export function compose(
  letter: Letter,
  { all }: Languages,
  { operator, issuer }: Sender,
  freeze: string | undefined,
): Mail {
  const offered = all.filter(({ code }) => operator.languages.includes(code))
  const language = offered.find(({ code }) => code === letter.locale) ?? offered[0]
  if (!language) throw new Error('the operator has no language')
  const { t, code, dir } = language
  const params = paramsOf(letter, language, operator)
  const { accountId } = letter
  const { code: typed, purpose } = letter.data as { code?: string; purpose?: string }
  const about = typed ? `code.${purpose}` : letter.event
  const page = {
    lang: code,
    dir,
    from: operator.name,
    subject: t(`mail.${about}.subject`, params),
    paragraphs: [
      t(`mail.${about}.body`, params),
      ...(typed ? [grouped(typed, 4, ' '), t('mail.code.use'), t('mail.code.notYou')] : []),
      // Nobody can do anything for an account that is gone.
      ...(typed || accountId === undefined ? [] : [t('mail.you'), warning(language, operator)]),
      ...(freeze ? [t('mail.freeze', { page: `${new URL(issuer).host}/freeze` }), grouped(freeze, 4)] : []),
    ],
    foot: t('mail.foot'),
  }
  return {
    subject: page.subject,
    text: plain.render('/mail/text', page),
    html: html.render('/mail/html', page),
  }
}

const warning = ({ t }: Language, { support: { phone } }: Operator): string =>
  phone ? t('mail.notYouCall', { phone }) : t('mail.notYou')

function paramsOf({ data, at }: Letter, { t, date, time }: Language, { zone }: Operator): Params {
  const { factor, newOn, due } = data as {
    factor?: string
    due?: number
    newOn?: { browser: string; system: string }
  }
  const machine = newOn && [newOn.browser, newOn.system].filter(Boolean).join(', ')
  return {
    date: date(at, zone),
    time: time(at, zone),
    ...(due === undefined ? {} : { due: date(due, zone) }),
    ...(factor ? { method: t(`method.${factor}`) } : {}),
    ...(newOn ? { machine: machine || t('mail.unknownMachine') } : {}),
  }
}
