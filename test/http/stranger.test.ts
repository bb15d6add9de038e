import { type Login, loginResponse } from '../../demo/bundid/saml/response.ts'
import { createPool } from '../../src/store/postgres.ts'
import { postgres } from '../support/backends.ts'
import { EID, ELSTER, them } from '../support/bundid.ts'
import { arrive, signIn } from '../support/login.ts'
import type { Person } from '../support/person.ts'
import { startProvider, type TestProvider, testClock } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'
import { answerFor, federationOf, post } from '../support/saml/posted.ts'

const GIVEN_NAME = 'urn:oid:2.5.4.42'

describe('Somebody whom BundID knows, and no account here', () => {
  let provider: TestProvider
  let database: string
  const clock = testClock()
  beforeAll(async () => {
    const backend = await postgres.open()
    database = 'url' in backend.database ? backend.database.url : ''
    provider = await startProvider({ ...backend, clock, bundid: federation('newcomers') })
  })
  afterAll(() => provider?.close())

  const federation = (newcomers?: string) => (issuer: string) => ({
    ...(newcomers ? { newcomers } : {}),
    us: { ...federationOf(issuer).us, attributes: ['given_name' as const] },
    them,
  })
  let count = 0
  const somebody = (login: Login = EID): Login => ({
    ...login,
    bpk2: `person-${++count}`.padEnd(43, '-'),
    about: { [GIVEN_NAME]: 'Ayşe' },
  })

  const met = async (login: Login, at = provider) => {
    const portal = await relyingParty(at.issuer)
    const { person } = await arrive(portal)
    await person.submit('/choose', { factor: 'bundid', purpose: 'verify' })
    const { to, from } = answerFor(person, at)
    await post(person, at, loginResponse(from, to, login))
    return person
  }
  /** What the button sends, whether there is one or not; the token of another form of the page does for it. */
  const create = (person: Person, form: string): Promise<Response> => {
    const { target, body } = person.form(form)
    const headers = { origin: target.origin, 'sec-fetch-site': 'same-origin' }
    return person.send(target.href.replace(/[^/]+$/, 'create'), { method: 'POST', body, headers })
  }
  const rows = async <T extends object>(sql: string): Promise<T[]> => {
    const pool = createPool({ connectionString: database, max: 1 }, () => {})
    const found = await pool.query<T>(sql)
    await pool.end()
    return found.rows
  }

  test('is asked what they want, and has changed nothing so far', async () => {
    const before = await rows('SELECT id FROM accounts')
    const person = await met(somebody())
    expect(person.text()).toContain('Noch kein Konto verbunden')
    expect(person.text()).toContain('Wir speichern dazu Ihre geprüften Daten')
    expect(await rows('SELECT id FROM accounts')).toEqual(before)
    await person.open(person.url)
    expect(person.text()).toContain('Noch kein Konto verbunden')
  })

  test('may create an account, in the group the operator says, and is in it; the next login is one step', async () => {
    const login = somebody()
    const person = await met(login)
    await person.submit('/create')
    await person.submit('/continue')
    expect(person.answer.searchParams.get('code')).toBeTruthy()
    const [account] = await rows<{ id: string; group: string; given_name: string }>(
      `SELECT a.id, a.group, a.given_name FROM accounts a JOIN credentials c ON c.account_id = a.id
       WHERE c.factor = 'bundid' ORDER BY a.created_at DESC LIMIT 1`,
    )
    expect(account).toMatchObject({ group: 'newcomers', given_name: 'Ayşe' })
    const events = await rows<{ event: string }>(
      `SELECT event FROM audit WHERE account_id = '${account?.id}' ORDER BY id`,
    )
    expect(events.map(({ event }) => event)).toEqual([
      'account.created',
      'factor.enrolled',
      'login.completed',
    ])
    const again = await met(login)
    expect(again.answer.searchParams.get('code')).toBeTruthy()
  })

  test('may create none at a level that proves nobody, nor where the operator allows none', async () => {
    const person = await met(somebody({ ...ELSTER, means: 'Benutzername', level: 'STORK-QAA-Level-1' }))
    expect(person.text()).toContain('reicht dieser Zugang bei der BundID nicht')
    const closed = await startProvider({ ...(await postgres.open()), clock, bundid: federation() })
    const stranger = await met(somebody(), closed)
    expect(stranger.text()).toContain('Ich habe schon ein Konto')
    expect(stranger.text()).not.toContain('Neues Konto')
    expect((await create(stranger, '/link')).status).toBe(403)
    await closed.close()
  })

  test('signs in to the account they have, with all it asks for, and connects it without going to BundID again', async () => {
    const login = somebody()
    const person = await met(login)
    await person.submit('/link')
    const who = await provider.addAccount()
    await signIn(person, who)
    expect(person.text()).toContain('Wollen Sie sich künftig auch so anmelden: BundID?')
    await person.submit('/bind')
    await person.submit('/continue')
    expect(person.answer.searchParams.get('code')).toBeTruthy()
    const again = await met(login)
    expect(again.answer.searchParams.get('code')).toBeTruthy()
  })

  test('cannot create a second account with one BundID from two windows', async () => {
    const login = somebody()
    const [one, two] = [await met(login), await met(login)]
    await one.submit('/create')
    expect(one.status).toBe(200)
    await two.submit('/create')
    expect([two.status, two.text()]).toEqual([
      422,
      expect.stringContaining('Inzwischen ist ein Konto damit verbunden'),
    ])
    expect(
      await rows(
        `SELECT id FROM accounts WHERE username LIKE 'bundid-%' AND id NOT IN (SELECT account_id FROM credentials)`,
      ),
    ).toEqual([])
  })

  test('must prove it anew after ten minutes', async () => {
    const person = await met(somebody())
    const { pathname } = new URL(person.url)
    clock.advance(10 * 60_000 + 1)
    expect((await create(person, '/create')).status).toBe(403)
    await person.open(pathname)
    expect(person.text()).toContain('Anmelden')
  })
})
