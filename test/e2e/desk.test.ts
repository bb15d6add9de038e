import { type Visitor, visitor } from '../support/browser.ts'
import { deskPolicy } from '../support/desk-world.ts'
import { openStage, type Stage } from '../support/e2e-world.ts'
import { codeAt } from '../support/login.ts'
import { virtualAuthenticator } from '../support/virtual-authenticator.ts'
import { keyOn, press, signIn, start, typed } from '../support/walk.ts'
import { STAFF } from '../support/walk-desk.ts'

const WORDS = {
  'de-DE': { sheet: 'Ihr Zettel für die Anmeldung', have: 'Ich habe einen Zugangs-Code', language: 'de' },
  'en-GB': { sheet: 'Your sign-in sheet', have: 'I have an access code', language: 'en' },
}

describe('Someone who has nothing yet comes to the service desk, long after the second factor is mandatory,', () => {
  let world: Stage
  beforeAll(async () => {
    world = await openStage({ desk: true, policy: deskPolicy() })
  })
  afterAll(() => world?.close())

  const officer = async (locale: string): Promise<Visitor> => {
    const { issuer } = world.provider
    const at = await visitor(world.browser, { locale })
    await virtualAuthenticator(at.page)
    await at.page.goto(`${issuer}/desk`)
    await signIn(at.page, await world.provider.addAccount({ group: STAFF }))
    await press(at.page, '/answer')
    await at.page.waitForSelector('form[action$="/continue"]')
    await at.page.locator('form[action$="/continue"] button').last().click()
    await at.page.waitForURL(`${issuer}/desk`)
    return at
  }

  test.each(Object.entries(WORDS))(
    'and is signed in a little later, in the language of %s',
    async (locale, words) => {
      const desk = await officer(locale)
      const name = `person-${words.language}`
      await desk.page.click('a[href="/desk/create"]')
      await desk.page.fill('[name=username]', name)
      await desk.page.selectOption('[name=language]', words.language)
      await press(desk.page, '/create')
      await desk.page.click('a[href$="/password"]')
      await desk.page.selectOption('[name=document]', 'identity_card')
      await desk.page.check('[name=checked]')
      await press(desk.page, '/password')
      expect(await desk.page.innerText('main')).toContain(words.sheet)
      const code = (await desk.page.textContent('.paper__code')) ?? ''
      // What is printed is the sheet alone, on one page.
      const pdf = (await desk.page.pdf({ preferCSSPageSize: true })).toString('latin1')
      expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1)

      const person = await visitor(world.browser, { locale, javaScriptEnabled: false })
      await start(person.page, world)
      await person.page.click(`text=${words.have}`)
      await person.page.fill('[name=identifier]', name)
      await person.page.fill('[name=code]', code)
      await press(person.page, '/access')
      await person.page.fill('[name=password]', 'drei neue Wolken über Halle')
      await press(person.page, '/answer')
      await press(person.page, '/continue')
      await press(person.page, '/skip')
      await typed(person.page, codeAt(await keyOn(person.page), world.provider.clock.now()))
      await person.page.locator('form[action$="/continue"] button').last().click()
      await person.page.waitForURL(
        (url) => url.origin === new URL(world.app.client.redirectUris[0] ?? '').origin,
      )
      const account = await world.provider.app.stores.accounts.byLogin(name)
      const events = await world.provider.app.stores.audit.ofAccount(account?.id ?? '', 20)
      expect(events.map(({ event }) => event)).toEqual(
        expect.arrayContaining(['desk.issued', 'desk.redeemed', 'factor.enrolled', 'login.completed']),
      )
      for (const { complaints, context } of [desk, person]) {
        expect(complaints).toEqual([])
        await context.close()
      }
    },
  )
})
