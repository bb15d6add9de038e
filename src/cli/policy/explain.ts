import { plannable } from '../../composition.ts'
import { isReachable } from '../../domain/account.ts'
import { NOTHING } from '../../domain/assurance.ts'
import { braked, brakedRule } from '../../domain/brake.ts'
import { forecast } from '../../domain/forecast.ts'
import { ask, concerns, type Rule, stageOf } from '../../domain/policy.ts'
import { shareOf } from '../../domain/share.ts'
import { find } from '../accounts.ts'
import { list } from '../check.ts'
import { CommandError } from '../exit.ts'
import { withStores } from '../open.ts'
import { whom } from './check.ts'
import { demanded, instantIn, instantOf, standing, stepped } from './words.ts'

export interface Question {
  account: string
  client: string
  acr?: string
  at?: string
}

/** Says which rules match an account at a client, what each demands, and what its login would be. Changes nothing. */
export const explainPolicy = (question: Question): Promise<number> =>
  withStores(async ({ stores }, settings) => {
    const { clients, operator } = settings.live
    const pulls = await stores.rollouts.pulls()
    const policy = braked(settings.live.policy, pulls)
    const now = instantOf(question.at)
    const client = clients.get(question.client)
    if (!client) throw new CommandError('usage', `There is no client "${question.client}".`)
    const { acr } = question
    if (acr !== undefined && !policy.levels.some((level) => level.acr === acr))
      throw new CommandError('usage', `"${acr}" is not a configured acr.`)
    const account = await find(stores, question.account)
    const credentials = await stores.credentials.ofAccount(account.id)
    const when = instantIn(operator.zone)
    const acrValues = acr === undefined ? (client.defaultAcrValues ?? []) : [acr]
    const at = { policy, factors: plannable(settings), client, acrValues, now }
    const subject = { ...account, reachable: isReachable(account) }
    const { steps } = forecast(subject, credentials, {
      ...at,
      sessionAbsolute: settings.session.absolute,
      mails: settings.mail !== undefined,
    })

    const place = shareOf(account.id).toFixed(1)
    list('account', [
      `${account.id}, group ${account.group}, at ${place} of 100${account.locked ? ', locked' : ''}`,
    ])
    list(
      'holds',
      credentials.map((c) => `${c.factor}${c.suspended ? ', suspended' : ''}`),
    )
    list('client', [`${client.clientId}: ${demanded(client.requirement ?? NOTHING)}`])
    list('asked', acrValues)
    list('at', [when(now)])
    const effect = (rule: Rule): string => {
      if (!concerns(rule, account, client.clientId)) return `not for it, but for ${whom(rule)}`
      const counts = stageOf(brakedRule(rule, pulls), now) === 'require' ? 'demands' : 'would demand'
      return `${counts} ${demanded(rule.demand)}; ${standing(rule, now, when, pulls)}`
    }
    list(
      'rules',
      settings.live.policy.rules.map((rule) => `${rule.name}: ${effect(rule)}`),
    )
    list('together', [demanded(ask(policy, account, client.clientId, now).required)])
    list('login', steps.map(stepped))
    return 0
  })
