import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { visitor } from '../support/browser.ts'
import { openStage, type Stage } from '../support/e2e-world.ts'
import { EVERY_STATION, overflow, violations, WIDTHS } from '../support/gates.ts'

describe('Every page, read otherwise than usual', () => {
  let world: Stage
  beforeAll(async () => {
    world = await openStage({ bundid: 'post', desk: true })
  })
  afterAll(() => world?.close())

  describe.each(EVERY_STATION)('$name', ({ reach }) => {
    test('reads from right to left at every width, and bears forced colours, wide and large text', async () => {
      const { page, context } = await visitor(world.browser, {
        viewport: { width: 360, height: 740 },
        forcedColors: 'active',
        reducedMotion: 'reduce',
        bypassCSP: true, // the styles below are a person's own
      })
      await reach(page, world)
      const small = await page.locator('button, input:not([type=hidden]), summary').evaluateAll((all) =>
        (
          all as unknown as {
            getBoundingClientRect(): { height: number; width: number }
            outerHTML: string
          }[]
        )
          .map((e) => ({ box: e.getBoundingClientRect(), html: e.outerHTML.slice(0, 80) }))
          .filter(({ box }) => box.height < 24 || box.width < 24)
          .map(({ html }) => html),
      )
      expect(small).toEqual([])

      await page.addStyleTag({ content: TEXT_SPACING })
      await page.setViewportSize({ width: 320, height: 800 })
      expect(await overflow(page)).toBe(0)
      await fromRightToLeft(page)
      expect(await violations(page)).toEqual([])
      await page.emulateMedia({ forcedColors: 'none' })
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 })
        expect([width, await overflow(page)]).toEqual([width, 0])
      }
      expect(await violations(page)).toEqual([])
      expect(await mirrored(page)).toBe(true)
      await page.setViewportSize({ width: 640, height: 800 })
      await page.addStyleTag({ content: 'html { zoom: 2 }' })
      expect(await overflow(page)).toBe(0)
      await context.close()
    })
  })
})

/** WCAG 2.2, 1.4.12. */
const TEXT_SPACING = `* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
  p { margin-block-end: 2em !important }`

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
const mirrored = (page: Page): Promise<boolean> =>
  page.evaluate(`[...document.querySelectorAll('.note')].every((note) => {
    const { borderRightWidth, borderLeftWidth } = getComputedStyle(note)
    return parseFloat(borderRightWidth) > parseFloat(borderLeftWidth)
  }) && getComputedStyle(document.querySelector('h1')).direction === 'rtl'`)
