import type { RoutedContext } from '../self-visit.ts'
import { casePages } from './case.ts'
import { findPages } from './find.ts'
import { sheetPages } from './sheets.ts'
import { type DeskDeps, deskVisits } from './visit.ts'
import { workplaceCodes } from './workplace.ts'

/** The service desk. What gives power asks for a fresh proof, before the form and when it is sent. */
export function deskRoutes(deps: DeskDeps) {
  const { get, post, callback } = deskVisits(deps)
  const find = findPages(deps)
  const one = casePages(deps)
  const sheets = sheetPages(deps)
  const workplace = workplaceCodes(deps)

  const pathOf = ({ params }: RoutedContext): string => `/desk/case/${params.id}`
  const code = (ctx: RoutedContext): string => `${pathOf(ctx)}/code/${ctx.params.purpose}`
  const create = { confirm: true, page: () => '/desk/create' }
  const prepare = { confirm: true, page: () => '/desk/prepare' }
  return {
    find: get((at) => find.show(at)),
    submitFind: post(find.submit),
    trouble: post(find.submitTrouble),
    create: get((at) => find.showCreate(at), create),
    submitCreate: post(find.submitCreate, create),
    prepare: get((at) => find.showPrepare(at), prepare),
    submitPrepare: post(find.submitPrepare, prepare),
    workplace: get((at) => workplace.show(at), { confirm: true }),
    submitWorkplace: post(workplace.submit, { confirm: true, page: () => '/desk/workplace' }),
    case: get((at) => one.show(at)),
    code: get((at) => one.showCode(at), { confirm: true }),
    submitCode: post(one.submitCode, { confirm: true, page: code }),
    approve: post(one.submitApproval, { confirm: true, page: pathOf }),
    number: post(one.submitNumber, { confirm: true, page: pathOf }),
    sheets: get(sheets.show),
    callback,
  }
}
