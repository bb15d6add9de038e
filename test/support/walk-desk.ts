import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { makePasskey } from './desk-world.ts'
import { enter } from './login.ts'
import { Person } from './person.ts'
import { press, type Station, start, type World } from './walk.ts'

/** The group of the officers in the walk. */
export const STAFF = 'staff'

const officers = new WeakMap<World, Promise<Person>>()

/** One officer for all stations: no browser has made their passkey, for these pages need no JavaScript. */
async function officerOf(world: World): Promise<Person> {
  const { issuer } = world.provider
  const who = await world.provider.addAccount({ username: `o-${randomUUID()}`, group: STAFF })
  const person = await new Person().open(`${issuer}/desk`)
  await enter(person, who)
  await makePasskey(person, issuer)
  return person
}

const at =
  (path: string) =>
  async (page: Page, world: World): Promise<void> => {
    const officer = officers.get(world) ?? officerOf(world)
    officers.set(world, officer)
    const url = new URL('/desk', world.provider.issuer)
    const cookies = (await officer).cookies(url).split('; ')
    await page.context().addCookies(
      cookies.map((cookie) => {
        const [name = '', value = ''] = cookie.split('=')
        return { name, value, url: url.href }
      }),
    )
    await page.goto(`${world.provider.issuer}${path}`)
  }

async function atCase(page: Page, world: World): Promise<void> {
  const { username } = await world.provider.addAccount({ claimedNumber: '123A01913' })
  await at('/desk')(page, world)
  await page.fill('[name=who]', username)
  await press(page, '/find')
}

/** The service desk, and the page on which its codes are typed. */
export const DESK_STATIONS: readonly Station[] = [
  {
    name: 'desk-find-unknown',
    async reach(page, world) {
      await at('/desk')(page, world)
      await page.fill('[name=who]', 'nie')
      await press(page, '/find')
    },
  },
  {
    name: 'desk-trouble',
    async reach(page, world) {
      const machine = {
        at: world.provider.clock.now(),
        browser: 'Firefox',
        system: 'Windows',
        code: 'ABC234',
      }
      await world.provider.app.stores.helps.keep([
        { ...machine, flow: 'login', step: 'factors/totp/enrol', cause: 'totp.err.wrong' },
      ])
      await at('/desk')(page, world)
      await page.fill('[name=trouble]', 'ABC-234')
      await press(page, '/trouble')
    },
  },
  { name: 'desk-case', reach: atCase },
  {
    name: 'desk-code-wrong',
    async reach(page, world) {
      await atCase(page, world)
      await page.click('a[href$="/replace"]')
      await press(page, '/replace')
    },
  },
  {
    name: 'desk-sheets',
    async reach(page, world) {
      await atCase(page, world)
      await page.click('a[href$="/first_factor"]')
      await page.selectOption('[name=document]', 'passport')
      await page.check('[name=checked]')
      await press(page, '/first_factor')
    },
  },
  {
    name: 'desk-create-wrong',
    async reach(page, world) {
      await at('/desk/create')(page, world)
      await page.fill('[name=email]', 'keine Adresse')
      await page.fill('[name=username]', randomUUID())
      await press(page, '/create')
    },
  },
  {
    name: 'desk-workplace',
    async reach(page, world) {
      await at('/desk/workplace')(page, world)
      await page.fill('[name=name]', 'Infothek 2')
      await press(page, '/workplace')
    },
  },
  {
    name: 'desk-prepare-wrong',
    async reach(page, world) {
      await at('/desk/prepare')(page, world)
      await press(page, '/prepare')
    },
  },
  {
    name: 'access-wrong',
    async reach(page, world) {
      await start(page, world)
      await page.click('a[href$="/access"]')
      await page.fill('[name=code]', 'K7QM')
      await press(page, '/access')
    },
  },
]
