import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { AppError } from '../../src/domain/errors.ts'
import { codeFor } from './mailed.ts'
import { enrolled, press, type Station, signIn, start, type World } from './walk.ts'

/** A level that asks for settled credentials, which no station reaches. */
export const SETTLED = 'settled'
/** The group whose first factor is left to the desk. */
export const DESK = 'desk'

async function atReset(page: Page, world: World): Promise<void> {
  await start(page, world)
  await page.click('a[href$="/reset"]')
}

/** Signs somebody in who has a confirmed address and only a password. */
async function atVouch(page: Page, world: World, group = 'citizens'): Promise<string> {
  const email = `${randomUUID()}@mail.example`
  await start(page, world)
  await signIn(page, await world.provider.addAccount({ email, emailVerified: true, group }))
  return email
}

async function atNewAccount(page: Page, world: World): Promise<void> {
  const email = `${randomUUID()}@mail.example`
  await start(page, world)
  await page.click('a[href$="/register"]')
  await page.fill('[name=email]', email)
  await press(page, '/register')
  await page.fill('[name=code]', await codeFor(world.mailbox, email))
  await press(page, '/code')
}

/** The pages around the first sign-in. */
export const ENTRY_STATIONS: readonly Station[] = [
  {
    name: 'login-outage',
    async reach(page, world) {
      await start(page, world)
      const { attempts } = world.provider.app.stores
      const { spend } = attempts
      // The page knows of an outage by this alone; how one comes about, others test.
      attempts.spend = () => Promise.reject(new AppError('store_unavailable'))
      await signIn(page, { username: 'maximiliane@post.example', password: 'falsch' })
      await page.waitForSelector('details.more')
      attempts.spend = spend
    },
  },
  {
    name: 'reset-empty',
    async reach(page, world) {
      await atReset(page, world)
      await press(page, '/reset')
    },
  },
  {
    name: 'reset-code-wrong',
    async reach(page, world) {
      await atReset(page, world)
      await page.fill('[name=identifier]', 'max')
      await press(page, '/reset')
      await page.fill('[name=code]', '1234')
      await press(page, '/code')
    },
  },
  {
    name: 'register-wrong',
    async reach(page, world) {
      await start(page, world)
      await page.click('a[href$="/register"]')
      await page.fill('[name=email]', 'max')
      await press(page, '/register')
    },
  },
  {
    name: 'register-account-wrong',
    async reach(page, world) {
      await atNewAccount(page, world)
      await page.fill('[name=username]', randomUUID())
      await page.fill('[name=password]', 'sonnenschein')
      await press(page, '/account')
    },
  },
  { name: 'vouch', reach: (page, world) => atVouch(page, world) },
  {
    name: 'vouch-code',
    async reach(page, world) {
      await atVouch(page, world)
      await press(page, '/send')
    },
  },
  { name: 'vouch-desk', reach: (page, world) => atVouch(page, world, DESK) },
  {
    name: 'refused-not-settled',
    async reach(page, world) {
      await enrolled(page, world)
      await press(page, '/continue')
      await start(page, world, { acr_values: SETTLED })
    },
  },
]
