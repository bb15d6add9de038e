import {
  codeOn,
  DESK,
  type DeskWorld,
  deskWorld,
  ELSEWHERE,
  HERE,
  typeAccess,
} from '../support/desk-world.ts'
import { arrive, enter } from '../support/login.ts'
import { Person } from '../support/person.ts'

const MINUTE = 60_000

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

  let n = 0
  let phones = 0
  const citizen = (more = {}) => world.owner(`p${++n}`, more)
  /** A phone with data of its own. */
  const away = (): string => `192.0.2.${++phones}`
  /** At the point where a first factor is to be vouched for. */
  const vouching = async (who: { username: string; password: string }, address = away()) => {
    const at = await arrive(world.portal, {}, new Person({ address }))
    await enter(at.person, who)
    return at
  }
  /** Somebody whose factors are all lost but the password: they have an app. */
  const withApp = async () => {
    const who = await citizen()
    const { person } = await vouching(who)
    await typeAccess(person, await world.codeFor(anna, who.username))
    const key = await world.setUp(person)
    return { who, key }
  }
  const lost = { 'lost-totp': 'on', reason: 'lost' }

  test('is for officers alone, at a site of it, with a passkey', async () => {
    const elsewhere = await world.officer('weg', { address: away() })
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
    const who = await citizen({ customerNumber: '123A9', givenName: 'Geheim' })
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

  test('a case is open to the officer alone who opened it', async () => {
    const url = await world.atCase(anna, (await citizen()).username)
    await bert.person.open(url)
    expect(bert.person.status).toBe(404)
  })

  test('helps a person with only a password to a first factor: the code opens nothing, and what it lets them set up does', async () => {
    const who = await citizen()
    const code = await world.codeFor(anna, who.username)
    expect(code).toMatch(/^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$/)
    expect(anna.text()).toContain('Ihr Zettel für die Anmeldung')
    await anna.open(`${world.provider.issuer}/desk/sheets`)
    expect(anna.text()).not.toContain(code)
    const { person, request } = await vouching(who)
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
    const { person, request } = await arrive(world.portal, {}, new Person({ address: away() }))
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
    const { who } = await withApp()
    await world.asks(anna, who.username, 'replace', lost)
    expect(anna.text()).toContain('Bitten Sie eine zweite Person aus der Beratung um Zustimmung.')
    await world.atCase(bert.person, who.username)
    expect(bert.person.text()).toContain('Code erbeten von anna. Grund: verloren.')
    const code = codeOn(await bert.person.submit('/approve'))
    const before = (await world.provider.app.stores.credentials.ofAccount(who.id)).find(
      (c) => c.factor === 'totp',
    )
    const { person, request } = await vouching(who)
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
  })

  test('a code to replace one factor leads past no other', async () => {
    const { who } = await withApp()
    await world.asks(anna, who.username, 'replace', lost)
    await world.atCase(bert.person, who.username)
    const code = codeOn(await bert.person.submit('/approve'))
    const { person } = await arrive(world.portal, {}, new Person({ address: away() }))
    await typeAccess(person, code, { identifier: who.username })
    expect(person.text()).toContain('Passwort')
    expect(() => person.form('/skip')).toThrow()
    await person.submit('/answer', { password: 'falsch' })
    expect(person.status).toBe(422)
  })

  describe('refuses, and puts on record,', () => {
    const missed = async (id: string) => (await world.reasons(id, 'desk.missed')).at(-1)

    test('the same officer as the second one', async () => {
      const { who } = await withApp()
      await world.asks(anna, who.username, 'replace', lost)
      const url = await world.atCase(anna, who.username)
      expect(() => anna.form('/approve')).toThrow()
      // Another case's form carries a token of the same session.
      const { who: other } = await withApp()
      await world.asks(bert.person, other.username, 'replace', lost)
      await world.atCase(anna, other.username)
      const { body } = anna.form('/approve')
      const origin = world.provider.issuer
      const answer = await anna.send(`${url}/approve`, { method: 'POST', body, headers: { origin } })
      expect([answer.status, await world.reasons(who.id, 'desk.refused')]).toEqual([403, ['same_officer']])
    })

    test('an officer’s own account, as its first and as its second officer', async () => {
      await world.atCase(bert.person, 'bert')
      expect(bert.person.text()).toContain('Das ist Ihr eigenes Konto.')
      const url = bert.person.url
      await world.asks(anna, 'bert', 'replace', { 'lost-webauthn': 'on', reason: 'lost' })
      const { who: other } = await withApp()
      await world.asks(anna, other.username, 'replace', lost)
      await world.atCase(bert.person, other.username)
      const { body } = bert.person.form('/approve')
      for (const [name, value] of Object.entries({
        document: 'passport',
        checked: 'on',
        reason: 'lost',
        'lost-webauthn': 'on',
      }))
        body.set(name, value)
      const init = { method: 'POST', body, headers: { origin: world.provider.issuer } }
      for (const path of ['approve', 'code/replace'])
        expect((await bert.person.send(`${url}/${path}`, init)).status).toBe(403)
      expect(await world.reasons(bert.who.id, 'desk.refused')).toEqual(['own_account', 'own_account'])
    })

    test('a suspended officer, and every code that is still out from them', async () => {
      const { who: officer, person: cleo } = await world.officer('cleo')
      const who = await citizen()
      const code = await world.codeFor(cleo, who.username)
      const event = { event: 'account.locked' } as const
      await world.provider.app.stores.accounts.setLocked(officer.id, true, world.provider.clock.now(), event)
      await cleo.open(`${world.provider.issuer}/desk`)
      expect([cleo.status, cleo.text()]).toEqual([403, expect.stringContaining('Ihr Konto ist gesperrt.')])
      const { rows } = await world.pool.query(
        "SELECT 1 FROM audit WHERE event = 'desk.refused' AND data ->> 'officer' = $1 AND data ->> 'reason' = 'suspended'",
        [officer.id],
      )
      expect(rows).toHaveLength(1)
      const { person } = await vouching(who)
      await typeAccess(person, code)
      expect([person.status, await missed(who.id)]).toEqual([422, 'suspended'])
    })

    test('a code at another site', async () => {
      const who = await citizen()
      const code = await world.codeFor(anna, who.username)
      const { person } = await vouching(who, ELSEWHERE)
      await typeAccess(person, code)
      expect([person.status, await missed(who.id)]).toEqual([422, 'site'])
    })

    test('a code that comes late', async () => {
      const who = await citizen()
      const code = await world.codeFor(anna, who.username)
      const { rows } = await world.pool.query('SELECT expires_at FROM access_codes WHERE account_id = $1', [
        who.id,
      ])
      expect(rows[0].expires_at - world.provider.clock.now()).toBeLessThanOrEqual(30 * MINUTE)
      await world.pool.query('UPDATE access_codes SET expires_at = $2 WHERE account_id = $1', [
        who.id,
        new Date(world.provider.clock.now()),
      ])
      const { person } = await vouching(who)
      await typeAccess(person, code)
      expect([person.status, await missed(who.id)]).toEqual([422, 'late'])
    })

    test('a code that was used, also by one of several at once', async () => {
      const who = await citizen()
      const code = await world.codeFor(anna, who.username)
      const people = await Promise.all([vouching(who), vouching(who), vouching(who)])
      await Promise.all(people.map(({ person }) => typeAccess(person, code)))
      expect(people.filter(({ person }) => person.status === 200)).toHaveLength(1)
      expect(await world.reasons(who.id, 'desk.missed')).toEqual(['used', 'used'])
    })

    test('the sixth try, though it is right', async () => {
      const who = await citizen()
      const code = await world.codeFor(anna, who.username)
      const { person } = await vouching(who)
      for (let tries = 0; tries < 5; tries++) await typeAccess(person, 'AAAA-AAAA')
      await typeAccess(person, code)
      expect(await world.reasons(who.id, 'desk.missed')).toEqual([...Array(5).fill('wrong'), 'tries'])
    })

    test('a code for another purpose, which stays good for its own', async () => {
      const who = await citizen()
      const code = await world.codeFor(anna, who.username)
      const { person } = await arrive(world.portal, {}, new Person({ address: away() }))
      await typeAccess(person, code, { identifier: who.username })
      expect([person.text(), await missed(who.id)]).toEqual([
        expect.stringContaining('Dieser Code ist für eine andere Seite.'),
        'purpose',
      ])
      const right = await vouching(who)
      await typeAccess(right.person, code)
      expect(right.person.status).toBe(200)
    })

    test('a code that is to open an application', async () => {
      const who = await citizen()
      const code = await world.codeFor(anna, who.username)
      const { person } = await vouching(who)
      await typeAccess(person, code)
      await person.open((await world.portal.start({ prompt: 'none' })).url)
      expect(person.answer.searchParams.get('error')).toMatch(/required/)
      const other = await arrive(world.portal, {}, new Person({ address: away() }))
      await enter(other.person, { ...who, password: code })
      expect(other.person.status).toBe(422)
      expect(await world.reasons(who.id, 'factor.refused')).toEqual(['wrong'])
      expect(await world.audited(who.id)).not.toContain('login.completed')
    })

    test('an officer who gives out, or looks for, more than the limit', async () => {
      const held = await deskWorld({
        desk: { ...DESK, codesPerHour: 1, searchesPerHour: 4 },
      })
      try {
        const { person } = await held.officer('dora')
        const [one, two] = [await held.owner('eins'), await held.owner('zwei')]
        await held.codeFor(person, one.username)
        await held.asks(person, two.username, 'first_factor')
        expect([person.status, await held.reasons(two.id, 'desk.refused')]).toEqual([429, ['too_many_codes']])
        for (let n = 0; n < 3; n++) await held.atCase(person, 'zwei')
        expect([person.status, person.text()]).toEqual([
          429,
          expect.stringContaining('Sie haben zu oft gesucht.'),
        ])
      } finally {
        await held.close()
      }
    })
  })

  test('confirms a customer number that its owner has claimed', async () => {
    const who = await citizen({ claimedNumber: '555X' })
    await world.atCase(anna, who.username)
    expect(anna.text()).toContain('555X')
    await anna.submit('/number')
    expect(await world.provider.app.stores.accounts.byCustomerNumber('555X')).toMatchObject({ id: who.id })
    expect(await world.audited(who.id)).toContain('desk.confirmed')
  })

  test('prepares sheets for an event from customer numbers, and says for whom there is none', async () => {
    await citizen({ customerNumber: 'E1', locale: 'en' })
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
      Array.from({ length: 40 }, (_, i) => citizen({ customerNumber: `F${i}` })),
    )
    await anna.open(`${world.provider.issuer}/desk/prepare`)
    await anna.submit('/prepare', { numbers: people.map((_, i) => `F${i}`).join('\n'), checked: 'on' })
    const codes = [...anna.html.matchAll(/class="paper__code"[^>]*>([A-Z2-9-]{9})</g)].map(
      ([, code = '']) => code,
    )
    const held: number[] = []
    for (const [i, who] of people.entries()) {
      const { person } = await vouching(who, HERE)
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
    const late = await citizen()
    const code = await world.codeFor(anna, late.username)
    const { person: next } = await vouching(late, '192.0.2.200')
    await typeAccess(next, code)
    expect([next.status, await world.reasons(late.id, 'desk.missed')]).toEqual([429, ['too_many_attempts']])
  })
})
