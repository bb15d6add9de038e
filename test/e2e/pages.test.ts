import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { HtmlValidate } from 'html-validate'
import type { Browser, Page } from 'playwright-core'
import { type Application, application } from '../support/application.ts'
import { embedded } from '../support/backends.ts'
import { openBrowser, visitor } from '../support/browser.ts'
import { startProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'
import { STATIONS, type World } from '../support/walk.ts'

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
    // Phone numbers come from the operator as they are written there.
    'tel-non-breaking': 'off',
    // The focused summary, the one page region that a person is led to.
    'no-redundant-role': 'off',
    // Native validation speaks the browser's language and stops at the first field: ours is in the page.
    'prefer-native-element': 'off',
  },
})

describe('Every page', () => {
  let browser: Browser
  let world: World
  let app: Application
  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true })
    app = await application()
    const provider = await startProvider({ ...(await embedded.open()), clients: [app.client] })
    world = { provider, portal: await relyingParty(provider.issuer, app.client) }
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await world?.provider.close()
    await app?.close()
  })

  describe.each(STATIONS)('$name', ({ name, reach }) => {
    test('is accessible at every width, light and dark, breaks no rule of its policy and never overflows', async () => {
      const { page, context, complaints } = await visitor(browser)
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
      await page.setViewportSize({ width: 320, height: 800 })
      await page.evaluate('document.documentElement.style.fontSize = "200%"').catch(() => {})
      expect(await overflow(page)).toBe(0)
      expect(complaints).toEqual([])
      await context.close()
    })

    test('is the same in English, with the same way to help', async () => {
      const { page, context } = await visitor(browser, {
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
      const { page, context } = await visitor(browser, { javaScriptEnabled: false })
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

    test('has targets large enough, and icons and focus that are seen in forced colours', async () => {
      const { page, context } = await visitor(browser, {
        viewport: { width: 360, height: 740 },
        forcedColors: 'active',
        reducedMotion: 'reduce',
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
      await context.close()
    })
  })

  test('weighs little: the login at most 75 kB and 26 kB without fonts, at most seven requests, nothing from elsewhere', async () => {
    const { page, context } = await visitor(browser)
    const seen = await weigh(page, async () => page.goto((await world.portal.start()).url))
    expect(seen.requests).toBeLessThanOrEqual(8) // with the redirect that opens it
    expect(seen.scripts).toBeLessThan(6 * 1024)
    expect(seen.hosts).toEqual([new URL(world.provider.issuer).host])
    expect(seen.bytes).toBeLessThan(75 * 1024)
    expect(seen.bytes - seen.fonts).toBeLessThan(26 * 1024)
    await context.close()
  })
})

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

/** Bytes over the wire, as the browser's network layer counts them. */
async function weigh(page: Page, visit: () => Promise<unknown>) {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Network.enable')
  const seen = { requests: 0, bytes: 0, fonts: 0, scripts: 0, hosts: new Set<string>() }
  const kinds = new Map<string, string>()
  cdp.on('Network.responseReceived', ({ requestId, type, response }) => {
    kinds.set(requestId, type)
    seen.hosts.add(new URL(response.url).host)
  })
  cdp.on('Network.requestWillBeSent', ({ type }) => {
    // Neither the icon of the tab nor what a script asks for afterwards keeps a person waiting.
    if (type !== 'Other' && type !== 'Fetch') seen.requests++
  })
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    seen.bytes += encodedDataLength
    if (kinds.get(requestId) === 'Font') seen.fonts += encodedDataLength
    if (kinds.get(requestId) === 'Script') seen.scripts += encodedDataLength
  })
  await visit()
  await page.evaluate('document.fonts.ready')
  return { ...seen, hosts: [...seen.hosts] }
}
