import type { Page } from 'playwright-core'
import { atPasskey, press, type Station, signIn, start, type World } from './walk.ts'

/** Picks a factor on the page that offers it. */
export const choose = (page: Page, factor: string): Promise<void> =>
  page.click(`form[action$="/choose"]:has(input[value=${factor}]) button[type=submit]`)

/** From the page before BundID to BundID. */
export const toBundid = (page: Page): Promise<void> =>
  page.locator('form[action*="/SSO"] button, a[href*="/SSO"]').click()

/** At BundID; without a means the login is cancelled. */
export async function proveAtBundid(page: Page, who: string, means: string): Promise<void> {
  await page.check(`[name=person][value="${who}"]`)
  await page.click(`button[name=means][value="${means}"]`)
}

/** Back, past the page that sends the browser on. */
export async function fromBundid(page: Page): Promise<void> {
  await page.locator('form button').click()
  await page.waitForURL((url) => url.hostname === 'localhost' && !url.pathname.startsWith('/saml/'))
}

/** There and back again. */
export async function byBundid(page: Page, who: string, means: string): Promise<void> {
  await toBundid(page)
  await proveAtBundid(page, who, means)
  await fromBundid(page)
}

async function atBundid(page: Page, world: World): Promise<void> {
  await start(page, world)
  await choose(page, 'bundid')
}

/** At the page for somebody whom no account knows. */
async function asStranger(page: Page, world: World): Promise<void> {
  await atBundid(page, world)
  await byBundid(page, 'erika-2', 'eID')
  await page.waitForSelector('form[action$="/link"]')
}

/** The pages on the way to BundID and back. */
export const BUNDID_STATIONS: readonly Station[] = [
  { name: 'bundid-login', reach: atBundid },
  {
    name: 'bundid-enrol',
    async reach(page, world) {
      await atPasskey(page, world)
      await page.click('a[href$="/other"]')
      await choose(page, 'bundid')
    },
  },
  {
    name: 'bundid-cancelled',
    async reach(page, world) {
      await atBundid(page, world)
      await byBundid(page, 'erika', '')
      await page.waitForSelector('[role=alert]')
    },
  },
  { name: 'stranger', reach: asStranger },
  {
    name: 'bind',
    async reach(page, world) {
      await asStranger(page, world)
      await press(page, '/link')
      await signIn(page, await world.provider.addAccount())
      await page.waitForSelector('form[action$="/bind"]')
    },
  },
  {
    name: 'onward',
    async reach(page, world) {
      await atBundid(page, world)
      // Without the header that opens the next page at once.
      await page.route('**/saml/bundid/acs', async (route) => {
        const response = await route.fetch()
        const { refresh: _, ...headers } = response.headers()
        await route.fulfill({ response, headers })
      })
      await toBundid(page)
      await proveAtBundid(page, 'erika', 'eID')
      await page.locator('form button').click()
      await page.waitForURL('**/saml/bundid/acs')
    },
  },
]
