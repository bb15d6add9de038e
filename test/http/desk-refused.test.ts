import { DESK, type DeskWorld, deskWorld, ELSEWHERE, typeAccess } from '../support/desk-world.ts'
import { arrive, enter } from '../support/login.ts'
import { Person } from '../support/person.ts'

const MINUTE = 60_000

describe('The service desk refuses, and puts on record,', () => {
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
  const missed = async (id: string) => (await world.reasons(id, 'desk.missed')).at(-1)

  test('the same officer as the second one', async () => {
    const { who } = await world.withApp(anna)
    await world.asks(anna, who.username, 'replace', lost)
    const url = await world.atCase(anna, who.username)
    expect(() => anna.form('/approve')).toThrow()
    // Another case's form carries a token of the same session.
    const { who: other } = await world.withApp(anna)
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
    const { who: other } = await world.withApp(anna)
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
    const who = await world.citizen()
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
    const { person } = await world.vouching(who)
    await typeAccess(person, code)
    expect([person.status, await missed(who.id)]).toEqual([422, 'suspended'])
  })

  test('a code at another site', async () => {
    const who = await world.citizen()
    const code = await world.codeFor(anna, who.username)
    const { person } = await world.vouching(who, ELSEWHERE)
    await typeAccess(person, code)
    expect([person.status, await missed(who.id)]).toEqual([422, 'site'])
  })

  test('a code that comes late', async () => {
    const who = await world.citizen()
    const code = await world.codeFor(anna, who.username)
    const { rows } = await world.pool.query('SELECT expires_at FROM access_codes WHERE account_id = $1', [
      who.id,
    ])
    expect(rows[0].expires_at - world.provider.clock.now()).toBeLessThanOrEqual(30 * MINUTE)
    await world.pool.query('UPDATE access_codes SET expires_at = $2 WHERE account_id = $1', [
      who.id,
      new Date(world.provider.clock.now()),
    ])
    const { person } = await world.vouching(who)
    await typeAccess(person, code)
    expect([person.status, await missed(who.id)]).toEqual([422, 'late'])
  })

  test('a code that was used, also by one of several at once', async () => {
    const who = await world.citizen()
    const code = await world.codeFor(anna, who.username)
    const people = await Promise.all([world.vouching(who), world.vouching(who), world.vouching(who)])
    await Promise.all(people.map(({ person }) => typeAccess(person, code)))
    expect(people.filter(({ person }) => person.status === 200)).toHaveLength(1)
    expect(await world.reasons(who.id, 'desk.missed')).toEqual(['used', 'used'])
  })

  test('the sixth try, though it is right', async () => {
    const who = await world.citizen()
    const code = await world.codeFor(anna, who.username)
    const { person } = await world.vouching(who)
    for (let tries = 0; tries < 5; tries++) await typeAccess(person, 'AAAA-AAAA')
    await typeAccess(person, code)
    expect(await world.reasons(who.id, 'desk.missed')).toEqual([...Array(5).fill('wrong'), 'tries'])
  })

  test('a code for another purpose, which stays good for its own', async () => {
    const who = await world.citizen()
    const code = await world.codeFor(anna, who.username)
    const { person } = await arrive(world.portal, {}, new Person({ address: world.away() }))
    await typeAccess(person, code, { identifier: who.username })
    expect([person.text(), await missed(who.id)]).toEqual([
      expect.stringContaining('Dieser Code ist für eine andere Seite.'),
      'purpose',
    ])
    const right = await world.vouching(who)
    await typeAccess(right.person, code)
    expect(right.person.status).toBe(200)
  })

  test('a code that is to open an application', async () => {
    const who = await world.citizen()
    const code = await world.codeFor(anna, who.username)
    const { person } = await world.vouching(who)
    await typeAccess(person, code)
    await person.open((await world.portal.start({ prompt: 'none' })).url)
    expect(person.answer.searchParams.get('error')).toMatch(/required/)
    const other = await arrive(world.portal, {}, new Person({ address: world.away() }))
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
