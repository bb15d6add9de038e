import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { overflow, violations, WIDTHS } from './gates.ts'

/** What must hold of a page, however somebody reads it; each entry is a fault. Leaves the page changed. */
export async function faultsReadOtherwise(page: Page): Promise<string[]> {
  const faults: string[] = []
  const note = (what: string, found: readonly string[]): void => {
    faults.push(...found.map((one) => `${what}: ${one}`))
  }
  const wide = async (what: string, width: number): Promise<void> => {
    await page.setViewportSize({ width, height: 800 })
    const over = await overflow(page)
    if (over > 0) faults.push(`${what}: ${over} pixels wider than ${width}`)
  }
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active', reducedMotion: 'reduce' })
  note('too small to hit', await smallTargets(page))
  await style(page, TEXT_SPACING)
  await wide('with wide text', 320)
  await fromRightToLeft(page)
  note('from right to left, in forced colours', await violations(page))
  await page.emulateMedia({ forcedColors: 'none' })
  for (const width of WIDTHS) await wide('from right to left', width)
  if (!(await isMirrored(page))) faults.push('not mirrored')
  await style(page, 'html { zoom: 2 }')
  await wide('at twice the size', 640)
  return faults
}

/** WCAG 2.2, 2.5.8. */
const smallTargets = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('button, input:not([type=hidden]), summary')]
    .filter((one) => Math.min(one.getBoundingClientRect().width, one.getBoundingClientRect().height) < 24)
    .map((one) => one.outerHTML.slice(0, 80))`)

/** WCAG 2.2, 1.4.12. */
const TEXT_SPACING = `* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
  p { margin-block-end: 2em !important }`

/** A style of the reader's own, which the policy of the page does not keep out. */
const style = (page: Page, css: string): Promise<unknown> =>
  page.evaluate(`{
    const own = new CSSStyleSheet()
    own.replaceSync(${JSON.stringify(css)})
    document.adoptedStyleSheets.push(own)
  }`)

/** As a page in Arabic would be: the other style sheet, and the direction. */
async function fromRightToLeft(page: Page): Promise<void> {
  const file = JSON.parse(readFileSync('build/assets/manifest.json', 'utf8'))['kern.rtl.css']
  await page.evaluate(`new Promise((loaded) => {
    document.documentElement.dir = 'rtl'
    const sheet = document.querySelector('link[href*="/kern."]')
    sheet.onload = loaded
    sheet.href = '/assets/${file}'
  })`)
}

/** Text begins at the right edge of the sheet, and a message has its bar there. */
const isMirrored = (page: Page): Promise<boolean> =>
  page.evaluate(`[...document.querySelectorAll('.note')].every((note) => {
    const { borderRightWidth, borderLeftWidth } = getComputedStyle(note)
    return parseFloat(borderRightWidth) > parseFloat(borderLeftWidth)
  }) && getComputedStyle(document.querySelector('h1')).direction === 'rtl'`)
