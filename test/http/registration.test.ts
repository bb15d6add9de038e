import { type EntryWorld, entryWorld } from '../support/entry-world.ts'
import { arrive } from '../support/login.ts'
import { codeFor, typeMailed } from '../support/mailed.ts'
import { Person } from '../support/person.ts'

const PASSWORD = 'drei neue Wolken über Halle'

describe('A new account', () => {
  let world: EntryWorld
  beforeAll(async () => {
    world = await entryWorld()
  })
  afterAll(() => world?.close())

  /** At the form for a new account, with this address typed. */
  async function newcomer(email: string, headers: Record<string, string> = {}) {
    const person = new Person()
    const request = await world.portal.start()
    await person.open(request.url, { headers })
    await person.open(`${person.url}/register`)
    await person.submit('/register', { email })
    return { person, request }
  }

  async function confirmed(name: string) {
    const at = await newcomer(`${name}@mail.example`)
    await typeMailed(at.person, await codeFor(world.mailbox, `${name}@mail.example`))
    return at
  }

  test('is made with a confirmed address, and a second factor is set up at once', async () => {
    const { person, request } = await confirmed('neu')
    expect(person.text()).toContain('Ihre E-Mail-Adresse neu@mail.example ist bestätigt.')
    await person.submit('/account', { username: 'Neu', password: PASSWORD, customerNumber: '123A01913' })
    expect(person.text()).toContain('Passkey einrichten')
    await world.setUp(person)
    const { sub } = (await world.portal.finish(person.answer, request)).claims() ?? {}
    const account = await world.provider.app.stores.accounts.byLogin('neu')
    expect(account).toMatchObject({
      id: sub,
      username: 'Neu',
      email: 'neu@mail.example',
      emailVerified: true,
      group: 'citizens',
      locale: 'de',
      claimedNumber: '123A01913',
    })
    expect(account?.customerNumber).toBeUndefined()
    const held = await world.provider.app.stores.credentials.ofAccount(String(sub))
    expect(held.map(({ factor, ground }) => [factor, ground])).toEqual([
      ['password', undefined],
      ['totp', undefined],
    ])
    expect((await world.audited(String(sub)))[0]).toBe('account.created')
  })

  test('a known address gets the same answers, and its owner alone is told', async () => {
    const owner = await world.owner('da')
    const known = await newcomer('da@mail.example')
    const unknown = await newcomer('dort@mail.example')
    expect([known.person.status, known.person.text()]).toEqual([unknown.person.status, unknown.person.text()])
    for (const { person } of [known, unknown])
      for (let n = 0; n < 6; n++) await typeMailed(person, '1234 5678')
    expect([known.person.status, known.person.text()]).toEqual([unknown.person.status, unknown.person.text()])
    const [told] = await world.mailbox.of('da@mail.example', 1)
    expect(told?.subject).toBe('Sie haben schon ein Konto')
    expect(told?.text).not.toMatch(/^\d{4} \d{4}$/m)
    expect(await world.audited(owner.id)).toContain('registration.known')
  })

  test.each([
    ['', 'PASSWORD', 'Bitte wählen Sie einen Benutzernamen.'],
    ['a\u200bb', 'PASSWORD', 'Zeichen, die nicht gehen'],
    ['schon.da', 'PASSWORD', 'Diesen Benutzernamen gibt es schon.'],
    ['frei', 'kurz', 'Das Passwort ist zu kurz.'],
    ['frei', 'sonnenschein', 'Dieses Passwort nehmen viele Menschen.'],
    ['frei.mensch', 'frei.mensch', 'ist leicht zu erraten'],
  ])(
    'is not made of %j and %s: the form says what to do and keeps what was typed',
    async (username, given, text) => {
      if (!(await world.provider.app.stores.accounts.byLogin('schon.da'))) await world.owner('schon.da')
      const name = `form${Math.random()}`.replace('.', '')
      const { person } = await confirmed(name)
      const password = given === 'PASSWORD' ? PASSWORD : given
      await person.submit('/account', { username, password, customerNumber: 'K-1' })
      expect(person.status).toBe(422)
      expect(person.text()).toContain(text)
      expect(person.html).toContain('value="K-1"')
      expect(person.html).not.toContain(PASSWORD)
      expect(await world.provider.app.stores.accounts.byLogin(`${name}@mail.example`)).toBeUndefined()
    },
  )

  test.each(['max', 'max@', 'a@b', 'a b@mail.example', 'a@mail.example\r\nBcc: b@mail.example'])(
    'no mail goes to %j',
    async (email) => {
      const { person } = await newcomer(email)
      expect(person.status).toBe(422)
      expect(person.text()).toContain('Das ist keine E-Mail-Adresse.')
    },
  )

  test('of two that confirm one address at once one gets it', async () => {
    const first = await confirmed('zwei')
    const second = await newcomer('zwei@mail.example')
    await typeMailed(second.person, await codeFor(world.mailbox, 'zwei@mail.example', 2))
    await first.person.submit('/account', { username: 'zwei1', password: PASSWORD })
    await second.person.submit('/account', { username: 'zwei2', password: PASSWORD })
    expect(second.person.status).toBe(422)
    expect(await world.provider.app.stores.accounts.byLogin('zwei2')).toBeUndefined()
  })

  test('without the confirmed code there is no form, whatever is posted', async () => {
    const { person } = await newcomer('ungeduldig@mail.example')
    const { target, body } = person.form('/code')
    body.set('username', 'ungeduldig')
    body.set('password', PASSWORD)
    const to = new URL(target.href.replace(/code$/, 'account'))
    expect((await person.send(to, { method: 'POST', body, headers: { origin: to.origin } })).status).toBe(303)
    expect(await world.provider.app.stores.accounts.byLogin('ungeduldig')).toBeUndefined()
  })
})

describe('Where nobody registers', () => {
  test('there is neither link nor page nor address for it', async () => {
    const world = await entryWorld()
    try {
      const { registration: _, ...live } = world.provider.settings.live
      world.provider.app.reload(live)
      const { person } = await arrive(world.portal)
      expect(person.html).not.toContain('/register')
      expect(person.html).toContain('/reset')
      await person.open(`${person.url}/register`)
      expect(person.status).toBe(403)
    } finally {
      await world.close()
    }
  })
})
