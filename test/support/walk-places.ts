import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { registrationCode } from '../../src/journey/workplaces.ts'
import { codeAt, keyOn } from './login.ts'
import { Person } from './person.ts'
import { atPasskey, press, type Station, signIn, signInToTotp, start, type World } from './walk.ts'

/** Makes the browser that of a registered workplace. */
export async function atWorkplace(page: Page, { provider }: World): Promise<void> {
  const { stores } = provider.app
  const code = await registrationCode(
    { stores, now: provider.clock.now },
    `Jobpoint ${randomUUID().slice(0, 8)}`,
  )
  await page.goto(`${provider.issuer}/workplace`)
  await page.fill('[name=code]', code)
  await press(page, '/workplace')
}

/** At the computer: the page with the code for the phone. Returns the code. */
export async function beginOnPhone(page: Page): Promise<string> {
  await press(page, '/phone')
  return (await page.textContent('dd strong')) ?? ''
}

/** A set-up of TOTP that somebody has begun at a computer elsewhere. */
async function begunElsewhere({ provider, portal }: World): Promise<string> {
  const { username, password } = await provider.addAccount()
  const computer = await new Person().open((await portal.start()).url)
  await computer.submit('/answer', { identifier: username, password })
  await computer.submit('/skip')
  await computer.submit('/phone')
  return /<strong[^>]*>([A-Z2-9]{4}-[A-Z2-9]{4})</.exec(computer.html)?.[1] ?? ''
}

/** At the phone, up to the number. */
async function throughAtPhone({ provider }: World, code: string): Promise<void> {
  const phone = await new Person().open(`${provider.issuer}/phone`)
  await phone.submit('/phone', { code })
  await phone.submit('/agree')
  await phone.submit('/answer', { code: codeAt(keyOn(phone), provider.clock.now()) })
}

async function atCheck(page: Page, world: World): Promise<void> {
  const code = await begunElsewhere(world)
  await page.goto(`${world.provider.issuer}/phone?code=${code}`)
  await press(page, '/phone')
}

/** The pages for those who come to the desk, its computers and their own phones. */
export const PLACE_STATIONS: readonly Station[] = [
  {
    name: 'what-suits',
    async reach(page, world) {
      await atPasskey(page, world)
      await page.click('a[href$="/other"]')
      await page.goto(`${page.url()}?script=&phone=yes&card=no&shared=yes`)
      await page.locator('.ways summary').first().click()
    },
  },
  { name: 'guide', reach: (page, world) => page.goto(`${world.provider.issuer}/help/totp`) },
  {
    name: 'help-code',
    async reach(page, world) {
      await start(page, world)
      await page.click('footer a[href*="/help"]')
    },
  },
  {
    name: 'workplace-login',
    async reach(page, world) {
      await atWorkplace(page, world)
      await start(page, world)
    },
  },
  {
    name: 'workplace-wrong',
    async reach(page, world) {
      await page.goto(`${world.provider.issuer}/workplace`)
      await press(page, '/workplace')
    },
  },
  {
    name: 'phone-begun',
    async reach(page, world) {
      await start(page, world)
      await signInToTotp(page, await world.provider.addAccount())
      await beginOnPhone(page)
    },
  },
  {
    name: 'phone-code-wrong',
    async reach(page, world) {
      await page.goto(`${world.provider.issuer}/phone`)
      await press(page, '/phone')
    },
  },
  { name: 'phone-check', reach: atCheck },
  {
    name: 'phone-number-wrong',
    async reach(page, world) {
      await start(page, world)
      await signIn(page, await world.provider.addAccount())
      await press(page, '/skip')
      await throughAtPhone(world, await beginOnPhone(page))
      await page.reload()
      await press(page, '/phone/confirm')
    },
  },
]
