import { codeOn, type DeskWorld, deskWorld, HERE, typeAccess } from '../support/desk-world.ts'
import { arrive } from '../support/login.ts'
import { Person } from '../support/person.ts'

describe('The service desk', () => {
  let world: DeskWorld
  let anna: Person
  let bert: Awaited<ReturnType<DeskWorld['officer']>>
  beforeAll(async () => {
    world = await deskWorld()
    anna = (await world.officer('anna')).person
    bert = await world.officer('bert')
  })
  afterAll(() => world?.close())

  const lost = { 'lost-totp': 'on', reason: 'lost' }

  test('is for officers alone, at a site of it, with a passkey', async () => {
    const elsewhere = await world.officer('weg', { address: world.away() })
    expect([elsewhere.person.status, elsewhere.person.text()]).toEqual([
      403,
      expect.stringContaining('Sie sind an keinem Standort der Beratung.'),
    ])
    const nobody = await world.officer('bürger', { group: 'free' })
    expect(nobody.person.text()).toContain('Bitte bestätigen Sie, dass Sie es sind')
    const stranger = await world.officer('chef', { group: 'staff' })
    await world.pool.query(`UPDATE accounts SET "group" = 'citizens' WHERE id = $1`, [stranger.who.id])
    await stranger.person.open(`${world.provider.issuer}/desk`)
    expect(stranger.person.text()).toContain('Diese Seiten sind nur für die Beratung.')
  })

  test('finds an account by customer number and exact user name alone, and shows its state without details', async () => {
    const who = await world.citizen({ customerNumber: '123A9', givenName: 'Geheim' })
    for (const typed of [who.username.toUpperCase(), '123A9']) {
      await world.atCase(anna, typed)
      expect(anna.text()).toContain('Eingerichtet Passwort')
      expect(anna.text()).not.toMatch(/Geheim|mail\.example/)
      expect(anna.url).not.toContain(who.id)
    }
    for (const typed of [`${who.username}@mail.example`, who.username.slice(0, -1), '123A', who.id]) {
      await world.atCase(anna, typed)
      expect([typed, anna.status, anna.text()]).toEqual([
        typed,
        404,
        expect.stringContaining('Dieses Konto gibt es nicht.'),
      ])
    }
    expect(await world.audited(who.id)).toEqual(['account.created', 'desk.opened', 'desk.opened'])
  })

  test('says where somebody is stuck who reads out the code of their page, and never who', async () => {
    const trouble = { at: world.provider.clock.now(), flow: 'login', browser: 'Firefox', system: 'Windows' }
    await world.provider.app.stores.helps.keep([
      { ...trouble, code: 'ABC234', step: 'factors/totp/enrol', cause: 'totp.err.wrong', clientId: 'portal' },
    ])
    await anna.open(`${world.provider.issuer}/desk`)
    await anna.submit('/trouble', { trouble: 'abc-234' })
    for (const said of ['login, portal, factors/totp/enrol', 'Firefox, Windows', 'Der Code'])
      expect(anna.text()).toContain(said)
    await anna.submit('/trouble', { trouble: 'ZZZ999' })
    expect([anna.status, anna.text()]).toEqual([
      404,
      expect.stringContaining('Diesen Hilfe-Code gibt es nicht'),
    ])
  })

  test('gives a code that makes a computer a workplace, and puts on record who gave it', async () => {
    await anna.open(`${world.provider.issuer}/desk/workplace`)
    await anna.submit('/workplace', { name: '<b>' })
    expect(anna.status).toBe(422)
    await anna.submit('/workplace', { name: 'Infothek 2' })
    const [code = ''] = /[A-Z2-9]{4}-[A-Z2-9]{4}/.exec(anna.text()) ?? []
    const pc = await new Person().open(`${world.provider.issuer}/workplace`)
    await pc.submit('/workplace', { code })
    expect(pc.status).toBe(200)
    const { rows } = await world.pool.query("SELECT data FROM audit WHERE event = 'workplace.invited'")
    expect(rows).toEqual([
      { data: { workplace: 'Infothek 2', officer: expect.any(String), site: 'Job Point' } },
    ])
  })

  test('a case is open to the officer alone who opened it', async () => {
    const url = await world.atCase(anna, (await world.citizen()).username)
    await bert.person.open(url)
    expect(bert.person.status).toBe(404)
  })

  test('helps a person with only a password to a first factor: the code opens nothing, and what it lets them set up does', async () => {
    const who = await world.citizen()
    const code = await world.codeFor(anna, who.username)
    expect(code).toMatch(/^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$/)
    expect(anna.text()).toContain('Ihr Zettel für die Anmeldung')
    await anna.open(`${world.provider.issuer}/desk/sheets`)
    expect(anna.text()).not.toContain(code)
    const { person, request } = await world.vouching(who)
    await typeAccess(person, code.toLowerCase())
    expect(person.text()).toContain('Passkey einrichten')
    await world.setUp(person)
    expect((await world.portal.finish(person.answer, request)).claims()?.acr).toContain('mfa')
    const mails = await world.mailbox.of(`${who.username}@mail.example`, 4)
    expect(mails.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining(['Sie haben einen Zugangs-Code bekommen', 'Ihr Zugangs-Code wurde benutzt']),
    )
  })

  test('makes an account whose password nobody at the desk knows, and its owner sets everything up', async () => {
    await anna.open(`${world.provider.issuer}/desk/create`)
    await anna.submit('/create', { username: 'neu', group: 'staff', language: 'en' })
    expect([anna.status, anna.text()]).toEqual([
      422,
      expect.stringContaining('Bitte wählen Sie eine Kundengruppe.'),
    ])
    await anna.submit('/create', { username: 'neu', group: 'citizens', language: 'en', customerNumber: '77' })
    expect(anna.text()).toContain('Passwort für ein neues Konto wählen')
    const code = await world.codeFor(anna, '77', 'password')
    expect(anna.text()).toContain('Your sign-in sheet')
    const { person, request } = await arrive(world.portal, {}, new Person({ address: world.away() }))
    await typeAccess(person, code, { identifier: 'neu' })
    await person.submit('/answer', { password: 'drei neue Wolken über Halle' })
    await person.submit('/continue')
    await world.setUp(person)
    expect((await world.portal.finish(person.answer, request)).claims()?.acr).toContain('mfa')
    const account = await world.provider.app.stores.accounts.byLogin('neu')
    const [password] = await world.provider.app.stores.credentials.ofAccount(String(account?.id))
    expect(password?.ground).toBeUndefined()
  })

  test('replaces a lost factor after a second officer has approved, and the lost one works no more', async () => {
    const { who } = await world.withApp(anna)
    await world.asks(anna, who.username, 'replace', lost)
    expect(anna.text()).toContain('Bitten Sie eine zweite Person aus der Beratung um Zustimmung.')
    await world.atCase(bert.person, who.username)
    expect(bert.person.text()).toContain('Code erbeten von anna. Grund: verloren.')
    const code = codeOn(await bert.person.submit('/approve'))
    const before = (await world.provider.app.stores.credentials.ofAccount(who.id)).find(
      (c) => c.factor === 'totp',
    )
    const { person, request } = await world.vouching(who)
    expect(person.text()).toContain('Ich habe einen Zugangs-Code')
    await typeAccess(person, code)
    await world.setUp(person)
    expect((await world.portal.finish(person.answer, request)).claims()?.acr).toContain('mfa')
    const after = (await world.provider.app.stores.credentials.ofAccount(who.id)).filter(
      (c) => c.factor === 'totp',
    )
    expect(after).toHaveLength(1)
    expect(after[0]?.id).not.toBe(before?.id)
    expect(after[0]?.ground).toBe('recovery')
    const { rows } = await world.pool.query(
      "SELECT data FROM audit WHERE account_id = $1 AND event = 'desk.redeemed' ORDER BY id DESC LIMIT 1",
      [who.id],
    )
    expect(rows[0].data).toMatchObject({ second: bert.who.id, site: 'Job Point', purpose: 'replace' })
    await person.open(`${world.provider.issuer}/account/activity`)
    expect(person.text()).toContain('Zugangs-Code benutzt: für einen verlorenen Schutz')
  })

  test('a code to replace one factor leads past no other', async () => {
    const { who } = await world.withApp(anna)
    await world.asks(anna, who.username, 'replace', lost)
    await world.atCase(bert.person, who.username)
    const code = codeOn(await bert.person.submit('/approve'))
    const { person } = await arrive(world.portal, {}, new Person({ address: world.away() }))
    await typeAccess(person, code, { identifier: who.username })
    expect(person.text()).toContain('Passwort')
    expect(() => person.form('/skip')).toThrow()
    await person.submit('/answer', { password: 'falsch' })
    expect(person.status).toBe(422)
  })

  test('confirms a customer number that its owner has claimed', async () => {
    const who = await world.citizen({ claimedNumber: '555X' })
    await world.atCase(anna, who.username)
    expect(anna.text()).toContain('555X')
    await anna.submit('/number')
    expect(await world.provider.app.stores.accounts.byCustomerNumber('555X')).toMatchObject({ id: who.id })
    expect(await world.audited(who.id)).toContain('desk.confirmed')
  })

  test('prepares sheets for an event from customer numbers, and says for whom there is none', async () => {
    await world.citizen({ customerNumber: 'E1', locale: 'en' })
    const numbers = ['Kundennummer,Name', 'E1,Max', 'E1,Max', '"77",Neu', 'nie'].join('\r\n')
    await anna.open(`${world.provider.issuer}/desk/prepare`)
    await anna.submit('/prepare', { numbers })
    expect(anna.status).toBe(422)
    await anna.submit('/prepare', { numbers, checked: 'on' })
    expect(anna.html.match(/class="paper__code"/g)).toHaveLength(1)
    expect(anna.text()).toContain('nie : Dieses Konto gibt es nicht.')
    expect(anna.text()).toContain('77 : Für dieses Konto geht das nicht.')
  })

  test('forty people set up their factors in an hour at a registered site; elsewhere they are held after twenty', async () => {
    const people = await Promise.all(
      Array.from({ length: 40 }, (_, i) => world.citizen({ customerNumber: `F${i}` })),
    )
    await anna.open(`${world.provider.issuer}/desk/prepare`)
    await anna.submit('/prepare', { numbers: people.map((_, i) => `F${i}`).join('\n'), checked: 'on' })
    const codes = [...anna.html.matchAll(/class="paper__code"[^>]*>([A-Z2-9-]{9})</g)].map(
      ([, code = '']) => code,
    )
    const held: number[] = []
    for (const [i, who] of people.entries()) {
      const { person } = await world.vouching(who, HERE)
      await typeAccess(person, codes[i] ?? '')
      held.push(person.status)
      if (i > 36) await world.setUp(person)
    }
    expect(held.filter((status) => status !== 200)).toEqual([])
    for (const who of people.slice(-3)) expect(await world.factorsOf(who.id)).toContain('totp')

    const { person } = await arrive(world.portal, {}, new Person({ address: '192.0.2.200' }))
    const typed = { identifier: 'nie' }
    for (let turn = 0; turn < 20; turn++) await typeAccess(person, 'AAAA-AAAA', typed)
    expect(person.status).toBe(422)
    const late = await world.citizen()
    const code = await world.codeFor(anna, late.username)
    const { person: next } = await world.vouching(late, '192.0.2.200')
    await typeAccess(next, code)
    expect([next.status, await world.reasons(late.id, 'desk.missed')]).toEqual([429, ['too_many_attempts']])
  })
})
