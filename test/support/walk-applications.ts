import type { Page } from 'playwright-core'
import { KIOSK } from './applications.ts'
import { codeAt } from './login.ts'
import { enrolled, keyOn, press, type Station, signInToTotp, typed, type World } from './walk.ts'

/** A device has asked for a sign-in; its code is typed. */
async function atDevice(page: Page, { provider }: World): Promise<void> {
  const answer = await fetch(`${provider.issuer}/device/authorize`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: KIOSK.clientId, scope: 'openid' }),
  })
  const { user_code } = (await answer.json()) as { user_code: string }
  await page.goto(`${provider.issuer}/device`)
  await page.fill('[name=user_code]', user_code)
  await press(page, '/device')
}

/** The pages that belong to one kind of application or another. */
export const APPLICATION_STATIONS: readonly Station[] = [
  {
    name: 'consent',
    async reach(page, world) {
      await enrolled(page, { ...world, portal: world.third })
      await press(page, '/continue')
    },
  },
  { name: 'device-code', reach: (page, world) => page.goto(`${world.provider.issuer}/device`) },
  {
    name: 'device-code-wrong',
    async reach(page, world) {
      await page.goto(`${world.provider.issuer}/device`)
      await page.fill('[name=user_code]', 'BBBB-BBBB')
      await press(page, '/device')
    },
  },
  { name: 'device-confirm', reach: atDevice },
  {
    name: 'device-done',
    async reach(page, world) {
      await atDevice(page, world)
      await page.click('button[name=confirm]')
      await signInToTotp(page, await world.provider.addAccount())
      await typed(page, codeAt(await keyOn(page), world.provider.clock.now()))
      await press(page, '/continue')
    },
  },
]
