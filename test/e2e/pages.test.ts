import { mkdirSync } from 'node:fs'
import { HtmlValidate } from 'html-validate'
import type { Page } from 'playwright-core'
import { visitor } from '../support/browser.ts'
import { openStage, type Stage } from '../support/e2e-world.ts'
import { EVERY_STATION, overflow, violations, WIDTHS } from '../support/gates.ts'
import { faultsReadOtherwise } from '../support/otherwise.ts'

const SHOTS = 'test/e2e/screenshots'

/** For people who want to see every page: `SCREENSHOTS=1 npm run -s jest -- test/e2e/pages.test.ts`. */
const shot = async (page: Page, name: string): Promise<void> => {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true })
}

const validator = new HtmlValidate({
  extends: ['html-validate:recommended', 'html-validate:a11y'],
  rules: {
    'doctype-style': 'off',
    'void-style': 'off',
    'no-trailing-whitespace': 'off',
    'long-title': 'off',
    'attribute-boolean-style': 'off',
    'no-inline-style': 'error',
    // The browser writes `hidden` out as `hidden=""`; the rule is about sources.
    'attribute-empty-style': 'off',
    // Phone numbers come from the operator as they are written there.
    'tel-non-breaking': 'off',
    // The focused summary, the one page region that a person is led to.
    'no-redundant-role': 'off',
    // Native validation speaks the browser's language and stops at the first field: ours is in the page.
    'prefer-native-element': 'off',
    // At a workplace, within `noscript`: people are signed out after a pause, and are told so.
    'meta-refresh': 'off',
  },
})

describe('Every page', () => {
  let world: Stage
  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true })
    world = await openStage({ bundid: 'post', desk: true })
  })
  afterAll(() => world?.close())

  describe.each(EVERY_STATION)('$name', ({ name, reach }) => {
    test('is accessible at every width, light and dark, from right to left, in forced colours, wide and large text, and breaks no rule of its policy', async () => {
      const { page, context, complaints } = await visitor(world.browser)
      await reach(page, world)
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 })
        for (const colorScheme of ['light', 'dark'] as const) {
          // Between the narrow and the wide page nothing but the room around it differs; colours do not with width.
          if (width === 768) continue
          await page.emulateMedia({ colorScheme })
          if (width === 320 || colorScheme === 'light')
            expect([width, colorScheme, await violations(page)]).toEqual([width, colorScheme, []])
          await shot(page, `${name}-${width}-${colorScheme}-de`)
        }
        expect([width, await overflow(page)]).toEqual([width, 0])
      }
      expect(await faultsReadOtherwise(page)).toEqual([])
      expect(complaints).toEqual([])
      await context.close()
    })

    test('is the same in English and without JavaScript, with the same way to help, in valid HTML without inline script or style', async () => {
      const { page, context } = await visitor(world.browser, {
        locale: 'en-GB',
        viewport: { width: 360, height: 740 },
        javaScriptEnabled: false,
      })
      await reach(page, world)
      expect(await page.getAttribute('html', 'lang')).toBe('en')
      expect(await page.locator('footer a[href*="/help"]').count()).toBe(1)
      expect(await page.locator('main h1').count()).toBe(1)
      expect(await page.title()).toMatch(/Jobcenter Musterstadt$/)
      const html = await page.evaluate('document.documentElement.outerHTML').catch(() => page.content())
      expect(await page.locator('script:not([src]), style, [style], [onclick], [onsubmit]').count()).toBe(0)
      const report = await validator.validateString(`<!DOCTYPE html>${String(html)}`)
      const problems = report.results.flatMap((result) =>
        result.messages.map((m) => `${m.ruleId}: ${m.message} (${m.selector})`),
      )
      expect(problems).toEqual([])
      await shot(page, `${name}-360-light-en`)
      await context.close()
    })
  })
})
