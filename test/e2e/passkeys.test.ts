import type { Page } from 'playwright-core'
import { type Visitor, visitor } from '../support/browser.ts'
import { openStage, type Stage } from '../support/e2e-world.ts'
import { codeAt } from '../support/login.ts'
import { PHR } from '../support/policy.ts'
import type { Started } from '../support/relying-party.ts'
import { type VirtualAuthenticator, virtualAuthenticator } from '../support/virtual-authenticator.ts'
import { keyOn, press, signIn } from '../support/walk.ts'

const CREATE = 'form[data-passkey=create]'
const GET = 'form[data-passkey=get]'

describe('Passkeys in a browser', () => {
  let world: Stage
  beforeAll(async () => {
    world = await openStage()
  })
  afterAll(() => world?.close())

  let person: Visitor
  let page: Page
  let key: VirtualAuthenticator
  beforeEach(async () => {
    person = await visitor(world.browser)
    page = person.page
    key = await virtualAuthenticator(page)
  })
  afterEach(async () => {
    expect(person.complaints).toEqual([])
    await person.context.close()
  })

  const arrive = async (parameters: Record<string, string> = {}): Promise<Started> => {
    const request = await world.portal.start(parameters)
    await page.goto(request.url)
    return request
  }
  /** As browsers are that do not offer passkeys among the user names: nothing happens before a click. */
  const withoutAutofill = () =>
    page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false')
  const claims = async (request: Started) => {
    await page.waitForURL(`${world.app.origin}/**`)
    return (await world.portal.finish(new URL(page.url()), request)).claims()
  }
  const text = () => page.innerText('main')

  /** From nothing to a passkey, and back at the application. */
  const enrol = async () => {
    await key.present(false) // or the page of the password would sign in by itself
    const request = await arrive()
    const who = await world.provider.addAccount()
    await signIn(page, who)
    await key.present(true)
    await press(page, '/answer')
    await page.waitForSelector('text=Passkey erstellt')
    return { who, request }
  }
  const later = async () => {
    await press(page, '/continue', 1)
    await page.waitForURL(`${world.app.origin}/**`)
    await page.context().clearCookies()
  }

  test('one is set up from the login under a name of its own, says where it is kept, and TOTP is recommended', async () => {
    const { who, request } = await enrol()
    expect(await text()).toMatch(
      /Ihr Passkey „PK-\d{1,2}\.\d{1,2}\.\d{4}-\d{2}:\d{2}:\d{2}“ ist eingerichtet/,
    )
    expect(await text()).toContain('Richten Sie auch TOTP ein.')
    await press(page, '/continue', 1)
    expect(await claims(request)).toMatchObject({ sub: who.id, acr: PHR })
    const [, passkey] = await world.provider.app.stores.credentials.ofAccount(who.id)
    expect(passkey).toMatchObject({ factor: 'webauthn', suspended: false })
    expect(await key.credentials()).toHaveLength(1)
  })

  test('the recommended TOTP is set up in the same breath, and may be passed over', async () => {
    const { who, request } = await enrol()
    await press(page, '/continue', 0)
    expect(await text()).toContain('Zweiten Faktor einrichten')
    expect(await text()).toContain('Überspringen')
    await page.fill('[name=code]', codeAt(await keyOn(page), world.provider.clock.now()))
    await press(page, '/answer')
    await press(page, '/continue')
    expect((await claims(request))?.sub).toBe(who.id)
    const held = await world.provider.app.stores.credentials.ofAccount(who.id)
    expect(held.map((c) => c.factor).sort()).toEqual(['password', 'totp', 'webauthn'])
  })

  test('a login needs no user name and no password: by the button', async () => {
    const { who } = await enrol()
    await later()
    await withoutAutofill()
    const request = await arrive()
    await page.click('form[data-passkey=login] button')
    expect(await claims(request)).toMatchObject({ sub: who.id, acr: PHR })
  })

  test('a login needs no click: the browser offers the passkey in the field of the user name', async () => {
    const { who } = await enrol()
    await later()
    const request = await arrive()
    expect(await claims(request)).toMatchObject({ sub: who.id, amr: expect.arrayContaining(['mfa', 'user']) })
  })

  test('as second step after the password', async () => {
    const { who } = await enrol()
    await later()
    await key.present(false)
    const request = await arrive()
    await signIn(page, who)
    await page.waitForSelector(GET)
    await key.present(true)
    await press(page, '/answer')
    expect(await claims(request)).toMatchObject({ sub: who.id })
  })

  test('broken off, nothing is created, and the page offers a retry and another way', async () => {
    await key.present(false)
    await arrive()
    const who = await world.provider.addAccount()
    await signIn(page, who)
    await key.verified(false)
    await key.present(true)
    await press(page, '/answer')
    await page.waitForSelector('[role=alert]')
    expect(await page.locator('a[href$="/other"]').count()).toBe(1)
    expect(await page.locator(CREATE).count()).toBe(1)
    expect(await world.provider.app.stores.credentials.ofAccount(who.id)).toHaveLength(1)
    await key.verified(true)
    await press(page, '/answer')
    await page.waitForSelector('text=Passkey erstellt')
  })

  test.each([
    ['zu#klein', 'Das Zeichen „#“ ist nicht erlaubt.'],
    ['PK', 'Der Name muss 3 bis 30 Zeichen lang sein.'],
  ])('the name „%s“ is refused in words, and the passkey made meanwhile is kept', async (name, words) => {
    await key.present(false)
    await arrive()
    await signIn(page, await world.provider.addAccount())
    await key.present(true)
    await page.fill('[name=name]', name)
    await press(page, '/answer')
    await page.waitForSelector('[role=alert]')
    expect(await text()).toContain(words)
    await page.fill('[name=name]', 'Mein-Handy')
    await press(page, '/answer')
    await page.waitForSelector('text=Ihr Passkey „Mein-Handy“ ist eingerichtet')
    expect(await key.credentials()).toHaveLength(1)
  })

  test('one that belongs to no account any more is refused in words, and the browser forgets it', async () => {
    const { who } = await enrol()
    await later()
    const [, passkey] = await world.provider.app.stores.credentials.ofAccount(who.id)
    await world.provider.app.stores.credentials.suspend(passkey?.id ?? '', {
      event: 'factor.suspended',
      factor: 'webauthn',
      credentialId: passkey?.id ?? '',
      reason: 'test',
    })
    await withoutAutofill()
    await arrive()
    const forgotten = key.forgotten()
    await page.click('form[data-passkey=login] button')
    await page.waitForSelector('[role=alert]')
    expect(await text()).toContain('Dieser Passkey gehört zu keinem Konto mehr.')
    await forgotten
    expect(await key.credentials()).toEqual([])
  })

  test('a counter that goes back blocks the passkey', async () => {
    const { who } = await enrol()
    await later()
    await arrive()
    await page.waitForURL(`${world.app.origin}/**`)
    await page.context().clearCookies()
    await key.setBack(0)
    await withoutAutofill()
    await arrive()
    await page.click('form[data-passkey=login] button')
    await page.waitForSelector('[role=alert]')
    expect(await text()).toContain('Dieser Passkey ist jetzt gesperrt.')
    const [, passkey] = await world.provider.app.stores.credentials.ofAccount(who.id)
    expect(passkey?.suspended).toBe(true)
  })

  test('without JavaScript the page explains and offers the other ways', async () => {
    const plain = await visitor(world.browser, { javaScriptEnabled: false })
    await plain.page.goto((await world.portal.start()).url)
    await signIn(plain.page, await world.provider.addAccount())
    await press(plain.page, '/answer')
    expect(await plain.page.innerText('main')).toContain(
      'Für Passkeys muss JavaScript im Browser eingeschaltet sein.',
    )
    await plain.page.click('a[href$="/other"]')
    expect(await plain.page.innerText('main')).toContain('Code aus einer App (TOTP)')
    await plain.context.close()
  })

  test('passed over it leads to TOTP, which cannot be passed over once it is required', async () => {
    await key.present(false)
    await arrive()
    await signIn(page, await world.provider.addAccount())
    await press(page, '/skip')
    expect(await text()).toContain('Zweiten Faktor einrichten')
    expect(await page.locator('form[action$="/skip"]').count()).toBe(0)
  })
})
