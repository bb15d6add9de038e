import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { signInWithCode } from './account-person.ts'
import { codeAt, type Portal } from './login.ts'
import type { Mailbox } from './mailbox.ts'
import { owner } from './passkey-person.ts'
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
  mailbox: Mailbox
  portal: Portal
  /** Of somebody else: people are asked for consent. */
  third: Portal
}

/** Presses the button of a form, or one of several. */
export const press = (page: Page, action: string, which = 0): Promise<void> =>
  page.locator(`form[action$="${action}"] button[type=submit]`).nth(which).click()

export const start = async (page: Page, { portal }: World, parameters: Record<string, string> = {}) =>
  page.goto((await portal.start(parameters)).url)

export async function signIn(page: Page, who: { username: string; password: string }): Promise<void> {
  await page.fill('[name=identifier]', who.username)
  await page.fill('[name=password]', who.password)
  await press(page, '/answer')
}

/** A passkey is offered first; it is passed over. */
export async function signInToTotp(page: Page, who: { username: string; password: string }): Promise<void> {
  await signIn(page, who)
  if (await page.locator('form[data-passkey=create]').count()) await press(page, '/skip')
}

export const typed = async (page: Page, code: string): Promise<void> => {
  await page.fill('[name=code]', code)
  await press(page, '/answer')
}

export const keyOn = async (page: Page): Promise<string> =>
  ((await page.textContent('#key')) ?? '').replace(/\s/g, '')

export async function atPasskey(page: Page, world: World): Promise<void> {
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

export const enrolled = async (page: Page, world: World): Promise<void> =>
  enrol(page, world, await world.provider.addAccount())

/** Goes through set-up in this browser and forgets the session, so that the code is asked for at the next login. */
async function atCode(page: Page, world: World): Promise<void> {
  const who = await world.provider.addAccount()
  await enrol(page, world, who)
  await page.context().clearCookies()
  await start(page, world)
  await signIn(page, who)
}

/** Sets TOTP up on the way to the pages of the account. */
export async function atAccount(page: Page, { provider }: World) {
  await page.goto(`${provider.issuer}/account`)
  const who = await provider.addAccount()
  await signInToTotp(page, who)
  const key = await keyOn(page)
  await typed(page, codeAt(key, provider.clock.now()))
  await press(page, '/continue')
  return { who, key }
}

/** The same with a passkey, which no browser made: these pages need no JavaScript. */
async function atPasskeys(page: Page, world: World): Promise<void> {
  const { who } = await atAccount(page, world)
  const credential = (await owner()).held()
  const [id, factor] = [randomUUID(), credential.factor]
  const event = { event: 'factor.enrolled', factor, credentialId: id, accountId: who.id } as const
  await world.provider.app.stores.credentials.enrol(id, who.id, factor, credential, 10, event)
  await page.reload()
}

async function atCodes(page: Page, world: World) {
  const at = await atAccount(page, world)
  await page.click('section[aria-labelledby=recovery-codes] button')
  return at
}

/** Every page there is, and every state of error it has; those of applications and of BundID stand in their own files. */
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
  { name: 'account', reach: atPasskeys },
  {
    name: 'account-rename',
    async reach(page, world) {
      await atPasskeys(page, world)
      await page.click('a[href$="/rename"]')
    },
  },
  {
    name: 'account-rename-wrong',
    async reach(page, world) {
      await atPasskeys(page, world)
      await page.click('a[href$="/rename"]')
      await page.fill('[name=name]', 'Mein Schlüssel')
      await press(page, '/rename')
    },
  },
  {
    name: 'account-remove',
    async reach(page, world) {
      await atPasskeys(page, world)
      await page.click('a[href$="/remove"]')
    },
  },
  {
    name: 'account-remove-last',
    async reach(page, world) {
      await atAccount(page, world)
      await page.click('a[href$="/remove"]')
      await press(page, '/remove')
    },
  },
  {
    name: 'account-sessions',
    async reach(page, world) {
      const { who, key } = await atAccount(page, world)
      const elsewhere = await new Person().open(`${world.provider.issuer}/account`)
      await signInWithCode(world.provider, elsewhere, who, key)
      await page.goto(`${world.provider.issuer}/account/sessions`)
    },
  },
  { name: 'recovery-codes', reach: atCodes },
  {
    name: 'recovery-codes-not-kept',
    async reach(page, world) {
      await atCodes(page, world)
      await press(page, '/answer')
    },
  },
  {
    name: 'recovery-codes-entry-wrong',
    async reach(page, world) {
      const { who } = await atCodes(page, world)
      await page.check('[name=kept]')
      await press(page, '/answer')
      await page.context().clearCookies()
      await page.goto(`${world.provider.issuer}/account`)
      await signIn(page, who)
      await page.click('a[href$="/other"]')
      await page.locator('form:has([value=recovery-codes]) button').click()
      await typed(page, 'ABCD-2345')
    },
  },
  {
    name: 'password-change-short',
    async reach(page, world) {
      await atAccount(page, world)
      await page.click('section[aria-labelledby=password] button')
      await page.fill('[name=password]', 'kurz')
      await press(page, '/answer')
    },
  },
  { name: 'account-stopped', reach: (page, world) => page.goto(`${world.provider.issuer}/account/callback`) },
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
