import type { Page } from 'playwright-core'
import { atAccount, press, type Station, signIn, type World } from './walk.ts'

const at =
  (path: string) =>
  async (page: Page, world: World): Promise<void> => {
    await atAccount(page, world)
    await page.goto(`${world.provider.issuer}/account/${path}`)
  }

/** Signed in at an application of somebody else, too. */
async function atApplications(page: Page, world: World): Promise<void> {
  await atAccount(page, world)
  await page.goto((await world.third.start({ scope: 'openid email' })).url)
  await press(page, '/agree')
  await page.goto(`${world.provider.issuer}/account/applications`)
}

/** What people see of their account beside the ways to sign in, and what they end there. */
export const ACCOUNT_STATIONS: readonly Station[] = [
  { name: 'account-applications', reach: atApplications },
  {
    name: 'account-withdraw',
    async reach(page, world) {
      await atApplications(page, world)
      await page.click('a[href$="/withdraw"]')
    },
  },
  { name: 'account-activity', reach: at('activity') },
  { name: 'account-data', reach: at('data') },
  { name: 'account-delete', reach: at('delete') },
  {
    name: 'account-email-wrong',
    async reach(page, world) {
      await at('email')(page, world)
      await page.fill('[name=email]', 'keine Adresse')
      await press(page, '/email')
    },
  },
  {
    name: 'account-email-code-wrong',
    async reach(page, world) {
      await at('email')(page, world)
      await page.fill('[name=email]', `${crypto.randomUUID()}@mail.example`)
      await press(page, '/email')
      await page.fill('[name=code]', '1234')
      await press(page, '/code')
    },
  },
  { name: 'freeze', reach: (page, world) => page.goto(`${world.provider.issuer}/freeze`) },
  {
    name: 'passkey-enrol-shared',
    async reach(page, world) {
      await page.goto((await world.portal.start()).url)
      await page.check('[name=shared]')
      await signIn(page, await world.provider.addAccount())
    },
  },
]
