import type { Page } from 'playwright-core'
import { type Visitor, visitor } from '../support/browser.ts'
import { openStage, type Stage } from '../support/e2e-world.ts'
import { type VirtualAuthenticator, virtualAuthenticator } from '../support/virtual-authenticator.ts'
import { atAccount, press } from '../support/walk.ts'

describe('Passkeys in the account settings, in a browser', () => {
  let world: Stage
  beforeAll(async () => {
    world = await openStage()
  })
  afterAll(() => world?.close())

  let person: Visitor
  let page: Page
  let key: VirtualAuthenticator
  let accountId: string
  beforeEach(async () => {
    person = await visitor(world.browser)
    page = person.page
    key = await virtualAuthenticator(page)
    await key.present(false)
    accountId = (await atAccount(page, world)).who.id
    await key.present(true)
  })
  afterEach(async () => {
    expect(person.complaints).toEqual([])
    await person.context.close()
  })

  const text = () => page.innerText('main')
  const home = () => page.waitForURL(`${world.provider.issuer}/account`)
  const passkeys = async () =>
    (await world.provider.app.stores.credentials.ofAccount(accountId)).filter((c) => c.factor === 'webauthn')
  /** From the settings through set-up and back. */
  const add = async (name: string) => {
    await page.click('section[aria-labelledby=webauthn] button')
    await page.fill('[name=name]', name)
    await press(page, '/answer')
    await page.waitForSelector('text=Passkey erstellt')
    await page.locator('form[action$="/continue"] button').last().click()
    await home()
  }

  test('are added, renamed and deleted, and the browser forgets the deleted one', async () => {
    await add('PK-Handy')
    expect(await text()).toContain('Passkey (1 von 10)')
    expect(await text()).toContain('Bleibt auf einem Gerät.')
    expect(await key.credentials()).toHaveLength(1)

    await page.click('text=Name von „PK-Handy“ ändern')
    await page.fill('[name=name]', 'PK')
    await press(page, '/rename')
    expect(await text()).toContain('Der Name muss 3 bis 30 Zeichen lang sein.')
    expect(await page.inputValue('[name=name]')).toBe('PK')
    await page.fill('[name=name]', 'PK-Privat')
    await press(page, '/rename')
    await home()
    expect((await passkeys()).map((c) => c.label)).toEqual(['PK-Privat'])

    const forgotten = key.forgotten()
    await page.click('text=„PK-Privat“ löschen')
    // The strongest that the account has is asked for: the passkey itself.
    if (page.url().includes('/interaction/')) await press(page, '/answer')
    await page.waitForSelector('text=wirklich löschen?')
    expect(await text()).toContain('Danach melden Sie sich so an: Passwort, Code aus einer App (TOTP).')
    await press(page, '/remove')
    await home()
    await forgotten
    expect([await passkeys(), await key.credentials()]).toEqual([[], []])
  })

  /** Passkeys beside the only one there is, up to a number of all. */
  const fill = async (most: number) => {
    const [first] = await passkeys()
    if (!first) throw new Error('no passkey')
    for (let n = 2; n <= most; n++) {
      const another = { ...first, externalId: `other-${accountId}-${n}`, label: `PK-${n}` }
      const event = {
        event: 'factor.enrolled',
        factor: 'webauthn',
        credentialId: accountId,
        accountId,
      } as const
      await world.provider.app.stores.credentials.enrol(
        crypto.randomUUID(),
        accountId,
        'webauthn',
        another,
        10,
        event,
      )
    }
  }

  test('are ten at most: at ten the page says so and offers no other', async () => {
    await add('PK-1st')
    await fill(10)
    await page.reload()
    expect(await text()).toContain('Passkey (10 von 10)')
    expect(await text()).toContain('Sie haben schon 10.')
    expect(await page.locator('section[aria-labelledby=webauthn] form').count()).toBe(0)
  })

  test('are ten at most in two windows at once: one gets the tenth place, the other is told', async () => {
    await add('PK-1st')
    await fill(9)
    const windows = [await person.context.newPage(), await person.context.newPage()]
    for (const [n, window] of windows.entries()) {
      await virtualAuthenticator(window)
      await window.goto(`${world.provider.issuer}/account`)
      await window.click('section[aria-labelledby=webauthn] button')
      await window.fill('[name=name]', `PK-Fenster-${n}`)
    }
    await Promise.all(windows.map((window) => press(window, '/answer')))
    const said = await Promise.all(
      windows.map(async (window) => {
        await window.waitForSelector('text=/Erfolg|Sie haben schon 10/')
        return (await window.innerText('main')).includes('Sie haben schon 10') ? 'told' : 'created'
      }),
    )
    expect(said.sort()).toEqual(['created', 'told'])
    expect(await passkeys()).toHaveLength(10)
  })

  test('leave room for recovery codes on paper: one A4 page with all of them and without buttons', async () => {
    await page.click('section[aria-labelledby=recovery-codes] button')
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('button:visible').count()).toBe(0)
    expect(await page.locator('.codes code:visible').count()).toBe(10)
    const pdf = await page.pdf({ preferCSSPageSize: true })
    expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)).toHaveLength(1)
  })

  test('are not added where the person breaks off, and the way leads back', async () => {
    await key.verified(false)
    await page.click('section[aria-labelledby=webauthn] button')
    expect(await page.locator('form[action$="/skip"]').count()).toBe(0)
    await press(page, '/answer')
    await page.waitForSelector('text=Es wurde kein Passkey erstellt.')
    await press(page, '/abort')
    await home()
    expect(await passkeys()).toEqual([])
  })
})
