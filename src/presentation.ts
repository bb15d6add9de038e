import type { Applications } from './applications.ts'
import { derive } from './composition.ts'
import { createHelpDesk } from './journey/help.ts'
import type { Running } from './running.ts'
import { loadAssets } from './web/assets.ts'
import { createCsrf } from './web/csrf.ts'
import { createErrorPages } from './web/error-pages.ts'
import { loadLanguages } from './web/languages.ts'
import { createPages } from './web/page.ts'
import { NEXT } from './web/workplace.ts'

export type Presentation = Awaited<ReturnType<typeof openPresentation>>

/** All that pages are made with. */
export async function openPresentation(
  { settings, live, observing, log, now }: Running,
  { settled }: Applications,
) {
  const secure = settings.issuer.startsWith('https:')
  const assets = loadAssets(() => live().operator)
  const names = Object.entries(settings.identityProviders).flatMap(([id, one]) =>
    one.names ? [[id, one.names] as const] : [],
  )
  const languages = await loadLanguages(secure, Object.fromEntries(names))
  const { helps } = observing.stores
  const helpDesk = createHelpDesk(helps, now, (err) => log.error({ err }, 'help codes'))
  const csrf = createCsrf(derive(settings, 'csrf'), settings.issuer)
  const pages = createPages({
    live,
    client: settled,
    assets,
    languages,
    note: helpDesk.note,
    nextToken: () => csrf.token(NEXT),
  })
  return { secure, assets, languages, helpDesk, csrf, pages, errorPages: createErrorPages(pages, secure) }
}
