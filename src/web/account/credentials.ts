import { AppError } from '../../domain/errors.ts'
import type { Credential, Factor } from '../../domain/factor.ts'
import { remove } from '../../journey/remove.ts'
import { rename } from '../../journey/rename.ts'
import type { PageOptions } from '../page.ts'
import { itemOf, remaining } from './methods.ts'
import type { AccountDeps, Handler, Visit } from './visit.ts'

/** Renaming and removal of one credential. */
export function credentialPages({ journey, pages }: AccountDeps) {
  const day =
    ({ ctx }: Visit) =>
    (at: number) =>
      pages.day(ctx, at)

  /** The credential the address names, of a factor that allows it; another account's is not found. */
  const named = (
    { ctx, credentials }: Visit,
    allows: (factor: Factor) => boolean,
  ): { credential: Credential; factor: Factor } => {
    const credential = credentials.find((c) => c.id === ctx.params.id)
    const factor = credential && journey.factors.get(credential.factor)
    if (!factor || !allows(factor)) throw new AppError('not_found')
    return { credential, factor }
  }
  const renamable = (factor: Factor): boolean => factor.rename !== undefined
  const removable = (factor: Factor): boolean => factor.enrollable

  const showRename = (at: Visit, options: PageOptions = {}): void => {
    const { credential, factor } = named(at, renamable)
    at.show('account/rename', { item: itemOf(credential, factor, day(at)) }, options)
  }

  const submitRename: Handler = async (at) => {
    const { credential, factor } = named(at, renamable)
    const typed = at.fields.name ?? ''
    const outcome = await rename(journey, at, credential, typed, at.requestId)
    if (outcome === 'renamed') return at.goTo('/account')
    const { code, params } = outcome
    const error = { key: `${factor.id}.err.${code}`, field: 'name', ...(params ? { params } : {}) }
    showRename(at, { status: 422, errors: [error], values: { name: typed } })
  }

  const showRemove = (at: Visit, options: PageOptions = {}): void => {
    const { credential, factor } = named(at, removable)
    const rest = remaining(at, credential.id, pages.language(at.ctx).t)
    at.show('account/remove', { item: itemOf(credential, factor, day(at)), factor: factor.id, rest }, options)
  }

  const submitRemove: Handler = async (at) => {
    const { credential } = named(at, removable)
    const outcome = await remove(journey, at.account, credential.id, at.requestId, at.login.sessionUid)
    if (outcome === 'needed') return showRemove(at, { status: 422, errors: [{ key: 'set.last' }] })
    if (outcome === 'unknown') throw new AppError('not_found')
    at.goTo('/account')
  }

  return { showRename, submitRename, showRemove, submitRemove }
}
