import type { Page } from 'playwright-core'
import { type Visitor, visitor } from '../support/browser.ts'
import { byBundid, choose, fromBundid, proveAtBundid, toBundid } from '../support/bundid-walk.ts'
import { openStage, type Stage } from '../support/e2e-world.ts'
import { codeAt } from '../support/login.ts'
import { HIGH, policyOf, SUBSTANTIAL, withIdentity } from '../support/policy.ts'
import type { Started } from '../support/relying-party.ts'
import type { TestStandIn } from '../support/stand-in.ts'
import { keyOn, press, signIn, typed } from '../support/walk.ts'

/** Provider and application on localhost, BundID on 127.0.0.1: to the browser two sites. */
describe('BundID in a browser', () => {
  let world: Stage
  let bundid: TestStandIn
  beforeAll(async () => {
    world = await openStage({ policy: withIdentity(policyOf({})), bundid: 'post' })
    if (!world.bundid) throw new Error('there is no BundID')
    bundid = world.bundid
  })
  afterAll(() => world?.close())

  let person: Visitor
  let page: Page
  beforeEach(async () => {
    person = await visitor(world.browser, { javaScriptEnabled: false })
    page = person.page
  })
  afterEach(async () => {
    bundid.misbehave({})
    expect(person.complaints).toEqual([])
    await person.context.close()
  })

  const text = () => page.innerText('main')
  const arrive = async (parameters: Record<string, string> = {}): Promise<Started> => {
    const request = await world.portal.start(parameters)
    await page.goto(request.url)
    return request
  }
  const claims = async (request: Started) => {
    await page.waitForURL(`${world.app.origin}/**`)
    return (await world.portal.finish(new URL(page.url()), request)).claims()
  }
  /** Signed in with the password, BundID is set up as the second factor. */
  const link = async (who: string, means: string) => {
    const request = await arrive()
    const account = await world.provider.addAccount()
    await signIn(page, account)
    await page.click('a[href$="/other"]')
    await choose(page, 'bundid')
    expect(await text()).toContain('Transport-PIN')
    await byBundid(page, who, means)
    expect(await text()).toContain('Sie haben Ihre BundID mit Ihrem Konto verbunden.')
    await press(page, '/continue')
    return { account, request }
  }
  const signedOut = () => page.context().clearCookies()

  test('is linked as second factor after the password, and from then on is the whole login', async () => {
    const { account, request } = await link('erika', 'eID')
    expect(await claims(request)).toMatchObject({ sub: account.id, acr: HIGH })
    await signedOut()
    const again = await arrive()
    await choose(page, 'bundid')
    expect(await text()).not.toContain('Transport-PIN')
    await byBundid(page, 'erika', 'eID')
    expect(await claims(again)).toMatchObject({
      sub: account.id,
      acr: HIGH,
      amr: expect.arrayContaining(['sc', 'pin', 'mfa']),
    })
  })

  test('with less than the application asks for, it is asked for more, and the account keeps what was proven', async () => {
    const { account, request } = await link('max', 'Elster')
    expect(await claims(request)).toMatchObject({ sub: account.id, acr: SUBSTANTIAL })
    const transaction = await arrive({ acr_values: HIGH })
    expect(await text()).toContain('BundID verbinden')
    await toBundid(page)
    expect(await page.locator('button[name=means][value=Elster]').count()).toBe(0)
    await proveAtBundid(page, 'max', 'eID')
    await fromBundid(page)
    await press(page, '/continue')
    expect(await claims(transaction)).toMatchObject({ sub: account.id, acr: HIGH })
  })

  test('is given up in the account, where another factor is left, and met as a stranger from then on', async () => {
    const { account, request } = await link('ayse', 'eID')
    await claims(request)
    const { clock, app, issuer } = world.provider
    const factors = async () => (await app.stores.credentials.ofAccount(account.id)).map((c) => c.factor)
    const giveUp = async () => {
      await page.goto(`${issuer}/account`)
      await page.click('section[aria-labelledby=bundid] a[href$="/remove"]')
      await press(page, '/remove')
    }
    await giveUp()
    expect(await page.locator('[role=alert]').count()).toBe(1)
    expect(await factors()).toEqual(['password', 'bundid'])
    await page.goto(`${issuer}/account`)
    await page.click('section[aria-labelledby=totp] button')
    await typed(page, codeAt(await keyOn(page), clock.now()))
    await press(page, '/continue')
    await giveUp()
    await page.waitForURL(`${issuer}/account`)
    expect(await factors()).toEqual(['password', 'totp'])
    await signedOut()
    await arrive()
    await choose(page, 'bundid')
    await byBundid(page, 'ayse', 'eID')
    expect(await text()).toContain('Noch kein Konto verbunden')
  })

  test('that answers with too low a level is told apart from success', async () => {
    await link('ayse', 'eID')
    await signedOut()
    await arrive()
    await choose(page, 'bundid')
    bundid.misbehave({
      assertion: (tree) =>
        JSON.parse(JSON.stringify(tree).replaceAll('STORK-QAA-Level-4', 'STORK-QAA-Level-1')),
    })
    await byBundid(page, 'ayse', 'eID')
    expect(await text()).toContain('reicht dieser Zugang bei der BundID nicht')
    bundid.misbehave({})
    await byBundid(page, 'ayse', 'eID')
    await page.waitForURL(`${world.app.origin}/**`)
  })

  test('cancelled there, the page says so, and can be left again by every way', async () => {
    await arrive()
    await choose(page, 'bundid')
    await byBundid(page, 'erika', '')
    expect(await text()).toContain('Sie haben die Anmeldung mit BundID abgebrochen.')
    await page.reload()
    expect(await text()).not.toContain('abgebrochen')
    // The other way back is a link, and tells us nothing.
    await toBundid(page)
    await page.click('a[href*="/saml/bundid/back"]')
    await page.waitForURL('**/interaction/**')
    expect(await text()).toContain('Sie haben die Anmeldung mit BundID abgebrochen.')
    await page.click('a[href$="/other"]')
    expect(await text()).toContain('Mit Benutzername und Passwort')
  })

  test('of a person whom no account knows leads to a new one, if they like, and not to that of a namesake', async () => {
    const erika = await world.provider.addAccount({ givenName: 'Erika', familyName: 'Mustermann' })
    const request = await arrive()
    await choose(page, 'bundid')
    await byBundid(page, 'erika-2', 'eID')
    expect(await text()).toContain('Noch kein Konto verbunden')
    await press(page, '/create')
    expect(await text()).toContain('Sie haben Ihre BundID mit Ihrem Konto verbunden.')
    await press(page, '/continue')
    const told = await claims(request)
    expect([told?.sub === erika.id, told?.acr]).toEqual([false, HIGH])
  })

  test('that another account has already is not linked twice, and nobody learns whose it is', async () => {
    await arrive()
    await signIn(page, await world.provider.addAccount())
    await page.click('a[href$="/other"]')
    await choose(page, 'bundid')
    await byBundid(page, 'max', 'eID')
    expect(await text()).toContain('Diese BundID können wir nicht mit Ihrem Konto verbinden.')
  })

  test('posted in another browser counts in neither', async () => {
    await arrive()
    await choose(page, 'bundid')
    await toBundid(page)
    const victim = await visitor(world.browser, { javaScriptEnabled: false })
    const before = page.url()
    const html = await page.content()
    await victim.page.route(before, (route) => route.fulfill({ contentType: 'text/html', body: html }))
    await victim.page.goto(before)
    await proveAtBundid(victim.page, 'max', 'eID')
    await fromBundid(victim.page)
    await victim.page.waitForURL('**/interaction/**')
    expect(await victim.page.innerText('main')).toContain('Diese Seite kann man nicht direkt öffnen.')
    const link = new URL(victim.page.url())
    await victim.context.close()
    // Whoever began the request comes back for the answer, but only the victim's browser knows its name.
    await page.goto(link.href.replace(/[^/]+$/, 'A'.repeat(32)))
    expect(await text()).toContain('Mit BundID anmelden')
    await page.goto(link.href)
    expect(await text()).toContain('Mit BundID anmelden')
    expect(page.url()).not.toContain(world.app.origin)
  })

  test('played again is refused, in the login it was for and in any other', async () => {
    const there = () =>
      page
        .locator('input[type=hidden]')
        .evaluateAll((all) =>
          Object.fromEntries(
            (all as unknown as { name: string; value: string }[]).map(({ name, value }) => [name, value]),
          ),
        )
    /** Posts to the provider and follows the page that sends the browser on. */
    const play = async (form: Record<string, string>) => {
      const sent = await page.request.post(`${world.provider.issuer}/saml/bundid/acs`, { form })
      const [, href = ''] = /href="(\/interaction\/[^"]+)"/.exec(await sent.text()) ?? []
      await page.goto(world.provider.issuer + href)
    }
    await arrive()
    await choose(page, 'bundid')
    await toBundid(page)
    await proveAtBundid(page, 'max', 'eID')
    const first = await there()
    await fromBundid(page)
    await page.waitForURL(`${world.app.origin}/**`)
    await play(first)
    expect(await text()).toContain('Ihre Sitzung ist abgelaufen')

    await signedOut()
    await arrive()
    await choose(page, 'bundid')
    await toBundid(page)
    await proveAtBundid(page, 'max', 'eID')
    await play({ ...(await there()), SAMLResponse: first.SAMLResponse ?? '' })
    expect(await text()).toContain('Die Anmeldung mit BundID hat nicht geklappt.')
  })
})

test('BundID by the Redirect binding: the button is a link, and the answer comes back the same way', async () => {
  const world = await openStage({ bundid: 'redirect' })
  const { page, complaints } = await visitor(world.browser)
  await page.goto((await world.portal.start()).url)
  await choose(page, 'bundid')
  expect(await page.locator('a[href*="/Redirect/SSO?SAMLRequest="]').innerText()).toBe('Weiter zur BundID')
  await byBundid(page, 'erika', '')
  expect(await page.innerText('main')).toContain('Sie haben die Anmeldung mit BundID abgebrochen.')
  expect(complaints).toEqual([])
  await world.close()
})
