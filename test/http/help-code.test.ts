import { createHelpDesk } from '../../src/journey/help.ts'
import { postgresAndRedis } from '../support/backends.ts'
import type { Portal } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const CODE = /([A-HJKMNP-Z2-9]{3})-([A-HJKMNP-Z2-9]{3})/
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0'
const TROUBLE = { flow: 'login', step: 'help', cause: 'asked', browser: '', system: '' }

describe('A help code', () => {
  let provider: TestProvider
  let portal: Portal
  beforeAll(async () => {
    provider = await startProvider(await postgresAndRedis.open())
    portal = await relyingParty(provider.issuer)
  })
  afterAll(() => provider?.close())

  /** What the desk sees of the page that is open, as soon as it is written. */
  async function seen(person: Person) {
    const [, first = '', second = ''] = CODE.exec(person.text()) ?? []
    expect(first).not.toBe('')
    for (;;) {
      const found = await provider.app.stores.helps.find(first + second)
      if (found) return found
    }
  }

  test('stands on the help page of a login, and tells flow, step, cause and browser, but not who it was', async () => {
    const { username } = await provider.addAccount()
    const person = await new Person().open((await portal.start()).url)
    await person.submit('/answer', { identifier: username, password: 'falsch' })
    const help = /href="([^"]+\/help\?why=[^"]+)"/.exec(person.html)?.[1] ?? ''
    await person.open(help, { headers: { 'user-agent': FIREFOX } })
    expect(person.status).toBe(200)
    const found = await seen(person)
    expect(found).toEqual({
      at: expect.any(Number),
      flow: 'login',
      step: 'identify password',
      cause: 'password.err.wrong',
      clientId: 'portal',
      browser: 'Firefox',
      system: 'Windows',
    })
    expect(JSON.stringify(found)).not.toContain(username)
  })

  test('takes no words from the address, and is there though the login is over', async () => {
    const person = await new Person().open((await portal.start()).url)
    await person.open(`${person.url}/help?why=${encodeURIComponent('Max <max@mail.example>')}`)
    expect(await seen(person)).toMatchObject({ cause: 'asked' })
    const stranger = await new Person().open(`${provider.issuer}/interaction/of-another-time/help`)
    expect(stranger.status).toBe(200)
    expect(await seen(stranger)).toMatchObject({ flow: 'login', cause: 'cookies_missing' })
  })

  test('stands on every page of failure, with the pattern of its address, not with what was written there', async () => {
    const missing = await new Person().open(`${provider.issuer}/max@mail.example`)
    expect(missing.status).toBe(404)
    expect(await seen(missing)).toMatchObject({ flow: 'other', step: 'unknown', cause: 'not_found' })
    const refused = await new Person().open(`${provider.issuer}/authorize?client_id=nobody`)
    expect(refused.status).toBe(400)
    expect(await seen(refused)).toMatchObject({ flow: 'login', cause: 'invalid_client' })
    const foreign = await new Person().open((await portal.start()).url)
    await foreign.submit('/answer', { _csrf: 'of another page' })
    expect(foreign.status).toBe(403)
    expect(await seen(foreign)).toMatchObject({ step: '/interaction/:uid/answer', cause: 'cross_site' })
  })

  test('is on no page that works, nor on a form that only wants mending, nor on help for everybody', async () => {
    const person = await new Person().open((await portal.start()).url)
    expect(person.text()).not.toContain('Hilfe-Code')
    await person.submit('/answer', { identifier: '', password: '' })
    expect(person.status).toBe(422)
    expect(person.text()).not.toContain('Hilfe-Code')
    await person.open(`${provider.issuer}/help`)
    expect(person.text()).not.toContain('Hilfe-Code')
    await person.open(`${provider.issuer}/help`, { headers: { referer: 'https://other.example/account' } })
    expect(person.text()).not.toContain('Hilfe-Code')
    await person.open(`${provider.issuer}/help`, { headers: { referer: `${provider.issuer}/account/data` } })
    expect(await seen(person)).toMatchObject({ flow: 'account', step: 'help', cause: 'asked' })
  })
})

describe('Where help codes are written,', () => {
  test('a page waits for nothing, an outage loses none, and a flood of failing pages gets no more than so many', async () => {
    const kept: string[] = []
    let broken = true
    const errors: unknown[] = []
    const helps = {
      async keep(troubles: readonly { code: string }[]) {
        if (broken) throw new Error('out')
        kept.push(...troubles.map(({ code }) => code))
      },
    }
    let now = 0
    const desk = createHelpDesk(
      helps,
      () => now,
      (error) => errors.push(error),
    )
    const first = desk.note(TROUBLE)
    expect(first).toMatch(/^[A-HJKMNP-Z2-9]{6}$/)
    await desk.written()
    expect({ kept, errors: errors.length }).toEqual({ kept: [], errors: 1 })
    broken = false
    const second = desk.note(TROUBLE)
    await desk.written()
    expect(kept).toEqual([first, second])

    const given = Array.from({ length: 400 }, () => desk.note(TROUBLE)).filter((code) => code !== undefined)
    expect(given).toHaveLength(298)
    now = 60_000
    expect(desk.note(TROUBLE)).toBeDefined()
    await desk.written()
    expect(kept).toHaveLength(301)
  })
})
