import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { signInWithCode } from './account-person.ts'
import { codeAt } from './login.ts'
import { owner } from './passkey-person.ts'
import { Person } from './person.ts'
import { keyOn, press, type Station, signIn, signInToTotp, typed, type World } from './walk.ts'

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

/** The pages of one's own account, in every state. */
export const ACCOUNT_STATIONS: readonly Station[] = [
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
]
