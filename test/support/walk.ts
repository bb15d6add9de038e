import type { Page } from 'playwright-core'
import { codeAt, type Portal } from './login.ts'
import { Person } from './person.ts'
import type { TestProvider } from './provider.ts'
import type { TestStandIn } from './stand-in.ts'
import { virtualAuthenticator } from './virtual-authenticator.ts'

/** What a page is called, and how a browser gets there. */
export interface Station {
  name: string
  reach(page: Page, world: World): Promise<unknown>
}

/** `bundid` where the provider is configured with it. */
export interface World {
  bundid?: TestStandIn
  provider: TestProvider
  portal: Portal
}

/** Presses the button of a form, or one of several. */
export const press = (page: Page, action: string, which = 0): Promise<void> =>
  page.locator(`form[action$="${action}"] button[type=submit]`).nth(which).click()

const start = async (page: Page, { portal }: World, parameters: Record<string, string> = {}) =>
  page.goto((await portal.start(parameters)).url)

export async function signIn(page: Page, who: { username: string; password: string }): Promise<void> {
  await page.fill('[name=identifier]', who.username)
  await page.fill('[name=password]', who.password)
  await press(page, '/answer')
}

/** A passkey is offered first; it is passed over. */
async function signInToTotp(page: Page, who: { username: string; password: string }): Promise<void> {
  await signIn(page, who)
  if (await page.locator('form[data-passkey=create]').count()) await press(page, '/skip')
}

const typed = async (page: Page, code: string): Promise<void> => {
  await page.fill('[name=code]', code)
  await press(page, '/answer')
}

export const keyOn = async (page: Page): Promise<string> =>
  ((await page.textContent('#key')) ?? '').replace(/\s/g, '')

async function atPasskey(page: Page, world: World): Promise<void> {
  await start(page, world)
  await signIn(page, await world.provider.addAccount())
}

async function atSetUp(page: Page, world: World): Promise<void> {
  await start(page, world)
  await signInToTotp(page, await world.provider.addAccount())
}

async function enrol(page: Page, world: World, who: { username: string; password: string }): Promise<void> {
  await start(page, world)
  await signInToTotp(page, who)
  await typed(page, codeAt(await keyOn(page), world.provider.clock.now()))
}

const enrolled = async (page: Page, world: World): Promise<void> =>
  enrol(page, world, await world.provider.addAccount())

/** Goes through set-up in this browser and forgets the session, so that the code is asked for at the next login. */
async function atCode(page: Page, world: World): Promise<void> {
  const who = await world.provider.addAccount()
  await enrol(page, world, who)
  await page.context().clearCookies()
  await start(page, world)
  await signIn(page, who)
}

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

/** Every page there is, and every state of error it has. */
export const STATIONS: readonly Station[] = [
  { name: 'login', reach: start },
  {
    name: 'login-empty',
    async reach(page, world) {
      await start(page, world)
      await press(page, '/answer')
    },
  },
  {
    name: 'login-wrong',
    async reach(page, world) {
      await start(page, world)
      await signIn(page, { username: 'max', password: 'falsch' })
    },
  },
  { name: 'passkey-enrol', reach: atPasskey },
  {
    name: 'passkey-cancelled',
    async reach(page, world) {
      const authenticator = await virtualAuthenticator(page)
      await authenticator.present(false)
      await atPasskey(page, world)
      await authenticator.verified(false)
      await authenticator.present(true)
      await press(page, '/answer')
      await page.waitForSelector('[role=alert]')
    },
  },
  {
    name: 'passkey-login',
    async reach(page, world) {
      await start(page, world)
      await page
        .locator('form[data-passkey=login]')
        .evaluate((form) => (form as unknown as { submit(): void }).submit())
      await page.waitForSelector('form[data-passkey=get]')
    },
  },
  {
    name: 'ways',
    async reach(page, world) {
      await atPasskey(page, world)
      await page.click('a[href$="/other"]')
    },
  },
  { name: 'totp-enrol', reach: atSetUp },
  {
    name: 'totp-enrol-wrong',
    async reach(page, world) {
      await atSetUp(page, world)
      await typed(page, '12 34')
    },
  },
  {
    name: 'totp-enrol-clock',
    async reach(page, world) {
      await atSetUp(page, world)
      await typed(page, codeAt(await keyOn(page), world.provider.clock.now() + 240_000))
    },
  },
  { name: 'totp-success', reach: enrolled },
  { name: 'totp-code', reach: atCode },
  {
    name: 'totp-code-wrong',
    async reach(page, world) {
      await atCode(page, world)
      await typed(page, '000000')
    },
  },
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
  {
    name: 'logout',
    async reach(page, world) {
      await enrolled(page, world)
      await press(page, '/continue')
      await page.goto(`${world.provider.issuer}/logout`)
    },
  },
  {
    name: 'logged-out',
    reach: (page, world) => page.goto(`${world.provider.issuer}/logout/success`),
  },
  { name: 'help', reach: (page, world) => page.goto(`${world.provider.issuer}/help`) },
  { name: 'not-found', reach: (page, world) => page.goto(`${world.provider.issuer}/nothing-here`) },
  {
    name: 'expired',
    async reach(page, world) {
      await start(page, world)
      await page.goto(`${world.provider.issuer}/interaction/of-another-time`)
    },
  },
  {
    name: 'without-cookies',
    async reach(page, world) {
      const elsewhere = await new Person().open((await world.portal.start()).url)
      await page.goto(elsewhere.url)
    },
  },
  {
    name: 'bad-request',
    reach: (page, world) => page.goto(`${world.provider.issuer}/authorize?client_id=nobody`),
  },
]
