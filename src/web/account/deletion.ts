import { AppError } from '../../domain/errors.ts'
import { askForDeletion } from '../../journey/deletion.ts'
import type { AccountDeps, Handler } from './visit.ts'

/** „Konto löschen“, where the operator leaves that to people themselves. */
export function deletionPages({ journey, self, deletion }: AccountDeps) {
  const show: Handler = (at) => {
    if (!deletion.selfService) throw new AppError('not_found')
    at.show('account/delete', { days: deletion.coolingOffDays })
  }

  const submit: Handler = async (at) => {
    if (!deletion.selfService) throw new AppError('not_found')
    await askForDeletion(journey, at.account, deletion.coolingOffDays, at.requestId)
    await self.destroy(at.login.sessionUid)
    at.goTo('/account/deleted')
  }

  return { show, submit }
}
