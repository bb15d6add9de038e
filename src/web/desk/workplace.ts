import { grouped } from '../../domain/spoken.ts'
import { by } from '../../journey/desk.ts'
import { INVITED, isWorkplaceName, registrationCode } from '../../journey/workplaces.ts'
import type { PageOptions } from '../page.ts'
import type { DeskDeps, DeskHandler, DeskVisit } from './visit.ts'

const MINUTE = 60_000

/** Codes by which computers at a site become workplaces, which one person after the other uses. */
export function workplaceCodes({ journey }: DeskDeps) {
  const show = (at: DeskVisit, options: PageOptions = {}, code?: string): void =>
    at.show('desk/workplace', { minutes: INVITED / MINUTE, ...(code ? { code } : {}) }, options)

  const submit: DeskHandler = async (at) => {
    const name = (at.fields.name ?? '').trim()
    if (!isWorkplaceName(name)) {
      const errors = [{ key: 'desk.err.workplace', field: 'name' }]
      return show(at, { status: 422, errors, values: { name } })
    }
    show(at, {}, grouped(await registrationCode(journey, name, by(at.officer)), 4))
  }

  return { show, submit }
}
