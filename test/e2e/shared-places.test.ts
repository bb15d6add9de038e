import type { Page } from 'playwright-core'
import { visitor } from '../support/browser.ts'
import { openStage, type Stage } from '../support/e2e-world.ts'
import { codeAt } from '../support/login.ts'
import { virtualAuthenticator } from '../support/virtual-authenticator.ts'
import { keyOn, press, signIn, signInToTotp, start, typed } from '../support/walk.ts'
import { atWorkplace, beginOnPhone } from '../support/walk-places.ts'

describe('At the computers of a job centre', () => {
  let world: Stage
  beforeAll(async () => {
    world = await openStage()
  })
  afterAll(() => world?.close())

  test('a passkey is made on the person’s own phone; the computer follows by itself', async () => {
    const computer = await visitor(world.browser)
    const phone = await visitor(world.browser, { viewport: { width: 390, height: 844 }, isMobile: true })
    await virtualAuthenticator(phone.page)
    const who = await world.provider.addAccount()
    await start(computer.page, world)
    await signIn(computer.page, who)
    const code = await beginOnPhone(computer.page)

    await phone.page.goto(`${world.provider.issuer}/phone?code=${code}`)
    await press(phone.page, '/phone')
    expect(await phone.page.textContent('dl')).toContain(who.username)
    await press(phone.page, '/agree')
    await phone.page.fill('[name=name]', 'Mein-Handy')
    await press(phone.page, '/answer')
    const number = (await phone.page.locator('main strong').textContent()) ?? ''
    expect(number).toMatch(/^\d{3}-\d{3}$/)

    await computer.page.waitForSelector('[name=number]')
    await computer.page.fill('[name=number]', number)
    await press(computer.page, '/phone/confirm')
    expect(await computer.page.textContent('main')).toContain('Mein-Handy')
    const held = await world.provider.app.stores.credentials.ofAccount(who.id)
    expect(held.map(({ factor, label }) => [factor, label])).toContainEqual(['webauthn', 'Mein-Handy'])
    expect([...computer.complaints, ...phone.complaints]).toEqual([])
    await computer.context.close()
    await phone.context.close()
  })

  let count = 0
  /** Signed in at the pages of the account, with something of the person in every store of the browser. */
  async function someone(page: Page) {
    const who = await world.provider.addAccount({ username: `erika.mustermann.${++count}` })
    await page.goto(`${world.provider.issuer}/account`)
    await signInToTotp(page, who)
    await typed(page, codeAt(await keyOn(page), world.provider.clock.now()))
    await press(page, '/continue')
    expect(await page.textContent('main')).toContain('TOTP')
    await page.evaluate('localStorage.setItem("who", "erika"), sessionStorage.setItem("who", "erika")')
    return who
  }
  async function findsNothing(page: Page, username: string) {
    expect(page.url()).toContain('/next/done')
    const cookies = await page.context().cookies()
    expect(cookies.map(({ name }) => name).sort()).toEqual(['pforte_workplace', 'pforte_workplace.sig'])
    expect(await page.evaluate('[localStorage.length, sessionStorage.length]')).toEqual([0, 0])
    for (let n = 0; n < 3; n++) {
      await page.goBack()
      expect(await page.content()).not.toContain(username)
      expect(await page.locator('#key').count()).toBe(0)
    }
    await page.goto(`${world.provider.issuer}/account`)
    expect(await page.inputValue('[name=identifier]')).toBe('')
    expect(await page.getAttribute('[name=identifier]', 'autocomplete')).toBe('off')
    expect(await page.inputValue('[name=password]')).toBe('')
    expect(await page.textContent('body')).toContain('Nächste Person')
  }

  test('after „Nächste Person“ the next one finds no trace: cookies, storage, back button, fields', async () => {
    const { page, context, complaints } = await visitor(world.browser)
    await atWorkplace(page, world)
    const { username } = await someone(page)
    await press(page, '/next')
    await findsNothing(page, username)
    expect(complaints).toEqual([])
    await context.close()
  })

  test('nor after three minutes in which nobody did anything, with a warning a minute before', async () => {
    const { page, context } = await visitor(world.browser)
    await page.clock.install()
    await atWorkplace(page, world)
    const { username } = await someone(page)
    await page.clock.fastForward(70_000)
    await page.keyboard.press('Shift')
    await page.clock.fastForward(70_000)
    expect(await page.locator('#still-there').isVisible()).toBe(false)
    await page.clock.fastForward(60_000)
    expect(await page.locator('#still-there').isVisible()).toBe(true)
    await page.clock.fastForward(60_000)
    await page.waitForURL('**/next/done**')
    await findsNothing(page, username)
    await context.close()
  })

  test('without JavaScript the page goes there by itself, too, and the button works', async () => {
    const { page, context } = await visitor(world.browser, { javaScriptEnabled: false })
    await atWorkplace(page, world)
    await page.goto(`${world.provider.issuer}/help`)
    expect(await page.content()).toContain('<meta http-equiv="refresh" content="180;url=/next">')
    await press(page, '/next')
    expect(await page.textContent('h1')).toBe('Der Computer ist frei')
    await context.close()
  })
})
