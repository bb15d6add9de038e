import { randomBytes, randomUUID } from 'node:crypto'
import { AppError } from '../domain/errors.ts'
import type { Factor } from '../domain/factor.ts'
import { type Outcome, prove, settle } from './answer.ts'
import type { Deps } from './deps.ts'
import type { Stranger } from './evidence.ts'
import { offered, type Passage, save } from './passage.ts'

/** Milliseconds for which somebody counts as proven whom no account knows yet. */
const FRESH = 10 * 60_000

/** Somebody proven whom no account knows, as long as that is fresh. */
export function strangerIn({ now }: Deps, { progress: { stranger } }: Passage): Stranger | undefined {
  return stranger && now() - stranger.at <= FRESH ? stranger : undefined
}

/** The group of accounts that this person may create; undefined: none, for nothing says who they are, or nobody may. */
export const mayCreate = ({ newcomers }: Deps, { factor, enrolled }: Stranger): string | undefined =>
  ['substantial', 'high'].includes(enrolled.strength.identity) ? newcomers(factor) : undefined

/** They have an account: they sign in to it first, by something else. */
export async function link(deps: Deps, passage: Passage): Promise<void> {
  const stranger = strangerIn(deps, passage)
  if (!stranger || passage.step.kind !== 'identify') throw new AppError('not_permitted_now')
  const wanted = stranger.factor
  await save(deps, passage.interaction, {
    ...passage.progress,
    wanted,
    stranger: { ...stranger, link: true },
  })
}

/** Whether this step is the one in which the stranger is connected with the account that has signed in. */
export const mayBind = (deps: Deps, passage: Passage): boolean => {
  const stranger = strangerIn(deps, passage)
  return (
    stranger?.link === true &&
    passage.step.kind === 'enrol' &&
    offered(passage.step).includes(stranger.factor)
  )
}

/** Connects them: the same step, and the same rules, as for an answer that has just come. */
export async function bind(deps: Deps, passage: Passage): Promise<Outcome> {
  const stranger = strangerIn(deps, passage)
  const { account } = passage
  const factor = stranger && deps.factors.get(stranger.factor)
  if (!factor || !account || !mayBind(deps, passage)) throw new AppError('not_permitted_now')
  return settle(deps, passage, account, factor, stranger.enrolled, stranger.at)
}

/**
 * Creates an account that begins with what was proven; only an identity that is proven may. False: meanwhile an account
 * has it. Names are taken over, nothing is looked up by them.
 */
export async function create(deps: Deps, passage: Passage, locale: string): Promise<boolean> {
  const stranger = strangerIn(deps, passage)
  const factor = stranger && deps.factors.get(stranger.factor)
  const group = stranger && mayCreate(deps, stranger)
  if (!factor || group === undefined || passage.step.kind !== 'identify')
    throw new AppError('not_permitted_now')
  const { enrolled, at } = stranger
  const [accountId, credentialId] = [randomUUID(), randomUUID()]
  const { client, requestId } = passage.interaction
  const common = { accountId, clientId: client.clientId, requestId }
  const created = await deps.stores.accounts.createWith(
    {
      id: accountId,
      username: newName(factor.id),
      emailVerified: false,
      group,
      locale,
      ...namesIn(factor, enrolled.data),
    },
    { id: credentialId, factor: factor.id, enrolled },
    [
      { ...common, event: 'account.created', by: 'person' },
      { ...common, event: 'factor.enrolled', factor: factor.id, credentialId },
    ],
  )
  if (!created) return false
  await prove(
    deps,
    passage,
    accountId,
    { factor: factor.id, credentialId, at, strength: enrolled.strength },
    {
      celebrate: factor.id,
      founded: true,
    },
  )
  return true
}

/** Nobody needs to type it; it stands for the account where people see a user name. */
const newName = (factor: string): string => `${factor}-${randomBytes(5).toString('hex')}`

function namesIn(factor: Factor, data: unknown): { givenName?: string; familyName?: string } {
  const { given_name: givenName, family_name: familyName } = factor.attests?.(data)?.attributes ?? {}
  return { ...(givenName ? { givenName } : {}), ...(familyName ? { familyName } : {}) }
}
