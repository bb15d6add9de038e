import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { HtmlValidate } from 'html-validate'
import type { Page } from 'playwright-core'
import { visitor } from '../support/browser.ts'
import { BUNDID_STATIONS } from '../support/bundid-walk.ts'
import { openStage, type Stage } from '../support/e2e-world.ts'
import { STATIONS } from '../support/walk.ts'
import { APPLICATION_STATIONS } from '../support/walk-applications.ts'

const SHOTS = 'test/e2e/screenshots'
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const WIDTHS = [320, 768, 1280]

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
  },
})

describe('Every page', () => {
  let world: Stage
  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true })
    world = await openStage({ bundid: 'post' })
  })
  afterAll(() => world?.close())

  describe.each([...STATIONS, ...APPLICATION_STATIONS, ...BUNDID_STATIONS])('$name', ({ name, reach }) => {
    test('is accessible at every width, light and dark, breaks no rule of its policy and never overflows', async () => {
      const { page, context, complaints } = await visitor(world.browser)
      await reach(page, world)
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 })
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          expect([width, colorScheme, await violations(page)]).toEqual([width, colorScheme, []])
          if (width !== 768)
            await page.screenshot({ path: `${SHOTS}/${name}-${width}-${colorScheme}-de.png`, fullPage: true })
        }
        expect([width, await overflow(page)]).toEqual([width, 0])
      }
      expect(complaints).toEqual([])
      await context.close()
    })

    test('is the same in English, with the same way to help', async () => {
      const { page, context } = await visitor(world.browser, {
        locale: 'en-GB',
        viewport: { width: 360, height: 740 },
      })
      await reach(page, world)
      expect(await page.getAttribute('html', 'lang')).toBe('en')
      expect(await page.locator('footer a[href="/help"]').count()).toBe(1)
      expect(await page.locator('main h1').count()).toBe(1)
      expect(await page.title()).toMatch(/Jobcenter Musterstadt$/)
      await page.screenshot({ path: `${SHOTS}/${name}-360-light-en.png`, fullPage: true })
      await context.close()
    })

    test('is valid HTML without inline script or style', async () => {
      const { page, context } = await visitor(world.browser, { javaScriptEnabled: false })
      await reach(page, world)
      const html = await page.evaluate('document.documentElement.outerHTML').catch(() => page.content())
      expect(await page.locator('script:not([src]), style, [style], [onclick], [onsubmit]').count()).toBe(0)
      const report = await validator.validateString(`<!DOCTYPE html>${String(html)}`)
      const problems = report.results.flatMap((result) =>
        result.messages.map((m) => `${m.ruleId}: ${m.message} (${m.selector})`),
      )
      expect(problems).toEqual([])
      await context.close()
    })

    test('has targets large enough in forced colours, reads from right to left, and bears wide and large text', async () => {
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
      for (const width of [320, 1280]) {
        await page.setViewportSize({ width, height: 800 })
        expect([width, await overflow(page), await violations(page)]).toEqual([width, 0, []])
      }
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

async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate('typeof axe !== "undefined"'))) await page.evaluate(AXE)
  const found = (await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(RULES)} })`)) as {
    violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[]
  }
  return found.violations.flatMap((v) =>
    v.nodes.map((node) => `${v.id} ${node.target}: ${node.failureSummary}`),
  )
}

/** How many pixels the page is wider than the window. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
