import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { BUNDID_STATIONS } from './bundid-walk.ts'
import { STATIONS } from './walk.ts'
import { ACCOUNT_STATIONS } from './walk-account.ts'
import { APPLICATION_STATIONS } from './walk-applications.ts'
import { DESK_STATIONS } from './walk-desk.ts'
import { ENTRY_STATIONS } from './walk-entry.ts'
import { PLACE_STATIONS } from './walk-places.ts'

/** What every page must pass, and every page there is. */
export const EVERY_STATION = [
  // First, while nobody has guessed from this address.
  ...BUNDID_STATIONS,
  ...STATIONS,
  ...ENTRY_STATIONS,
  ...ACCOUNT_STATIONS,
  ...APPLICATION_STATIONS,
  ...PLACE_STATIONS,
  ...DESK_STATIONS,
]

export const WIDTHS = [320, 768, 1280]

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Rules of WCAG 2.2 AA that the page breaks, as axe sees it. */
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate('typeof axe !== "undefined"'))) await page.evaluate(AXE)
  const found = (await page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(RULES)}, resultTypes: ["violations"], preload: false })`,
  )) as {
    violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[]
  }
  return found.violations.flatMap((v) =>
    v.nodes.map((node) => `${v.id} ${node.target}: ${node.failureSummary}`),
  )
}

/** How many pixels the page is wider than the window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
