import { createServer } from 'node:http'
import { loginResponse, type Quirks } from '../../demo/bundid/saml/response.ts'
import { createPool } from '../../src/store/postgres.ts'
import { postgres, postgresAndRedis } from '../support/backends.ts'
import { EID } from '../support/bundid.ts'
import { leastCpu } from '../support/cpu.ts'
import { arrive } from '../support/login.ts'
import type { Person } from '../support/person.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'
import { INSIDE, type Negative, OUTSIDE, TOO_WEAK } from '../support/saml/negative.ts'
import { answerFor, federationOf, post } from '../support/saml/posted.ts'
import { freePort } from '../support/servers.ts'

/** For one answer. */
const CPU_MS = 2_000

/** A person on the page before BundID. */
async function arriveAt(provider: TestProvider): Promise<Person> {
  const { person } = await arrive(await relyingParty(provider.issuer))
  return person.submit('/choose', { factor: 'bundid', purpose: 'verify' })
}

const answer = (person: Person, provider: TestProvider, quirks: Quirks = {}): string => {
  const { to, from } = answerFor(person, provider)
  return loginResponse(from, to, EID, quirks)
}

describe('A forged answer is refused in time, told by one row of the audit, and changes nothing:', () => {
  let provider: TestProvider
  let pool: ReturnType<typeof createPool>
  let person: Person
  beforeAll(async () => {
    const backend = await postgres.open()
    pool = createPool(
      { connectionString: 'url' in backend.database ? backend.database.url : '', max: 1 },
      () => {},
    )
    provider = await startProvider({ ...backend, bundid: federationOf })
    const { id } = await provider.addAccount()
    person = await arriveAt(provider)
    // Somebody has this BundID: a forgery that were believed would let the attacker in.
    await post(person, provider, answer(person, provider))
    await person.submit('/link')
    const who = await provider.app.stores.accounts.byId(id)
    await person.submit('/answer', { identifier: who?.username ?? '', password: 'correct horse battery' })
    await person.submit('/bind')
    person = await arriveAt(provider)
  })
  afterAll(async () => {
    await pool?.end()
    await provider?.close()
  })

  const state = async () => {
    const { rows } = await pool.query(
      `SELECT (SELECT string_agg(id::text || version, ',' ORDER BY id) FROM credentials) AS credentials,
              (SELECT count(*)::int FROM accounts) AS accounts, (SELECT max(id)::int FROM audit) AS audit`,
    )
    return rows[0] as { credentials: string; accounts: number; audit: number }
  }

  const cases: Negative[] = [
    ...INSIDE,
    ...INSIDE.map(
      ([name, cause, quirks]): Negative => [
        `${name}, in the clear`,
        new RegExp(`${cause.source}|structure|too_complex`),
        { ...quirks, encrypt: false },
      ],
    ),
    ...OUTSIDE,
  ]
  test.each(cases)('%s', async (_, cause, quirks, rewrite = (xml) => xml) => {
    const was = await state()
    const xml = rewrite(answer(person, provider, quirks))
    const { ms, results } = await leastCpu(CPU_MS, async () => {
      const [others] = await Promise.all([fetch(`${provider.issuer}/help`), post(person, provider, xml)])
      return [person.status, others.status]
    })
    expect(ms).toBeLessThan(CPU_MS)
    expect(results).toEqual(results.map(() => [422, 200]))
    const { audit, ...now } = await state()
    expect(now).toEqual({ credentials: was.credentials, accounts: was.accounts })
    const { rows } = await pool.query('SELECT event, data FROM audit WHERE id > $1', [was.audit])
    const refused = {
      event: 'factor.refused',
      data: expect.objectContaining({ hint: expect.stringMatching(cause) }),
    }
    expect(rows).toEqual(results.map(() => refused))
    expect(audit).toBe(was.audit + results.length)
  })

  test('the genuine one, left alone, is the only one that is believed', async () => {
    await post(person, provider, answer(person, provider))
    expect(person.answer.searchParams.get('code')).toBeTruthy()
  })
})

test('An answer that was used is refused at a second instance, and after a restart', async () => {
  const backend = await postgresAndRedis.open()
  const issuer = `http://localhost:${await freePort()}`
  const start = () => startProvider({ ...backend, issuer, bundid: federationOf })
  const front = createServer((req, res) => current.app.handler(req, res))
  await new Promise<void>((listening) => front.listen(Number(new URL(issuer).port), '127.0.0.1', listening))
  const [first, second] = [await start(), await start()]
  let current: TestProvider = first
  /** Somebody whose answer was genuine and too weak: the ceremony goes on, the answer is used. */
  const used = async () => {
    const person = await arriveAt({ ...first, issuer })
    const xml = answer(person, { ...first, issuer }, TOO_WEAK)
    await post(person, { ...first, issuer }, xml)
    expect(person.text()).toContain('reicht dieser Zugang bei der BundID nicht')
    return () => post(person, { ...first, issuer }, xml)
  }
  const [replayOne, replayAnother] = [await used(), await used()]
  const pool = createPool(
    { connectionString: 'url' in backend.database ? backend.database.url : '', max: 1 },
    () => {},
  )
  const reasons = async () => {
    const { rows } = await pool.query<{ hint: string }>(
      `SELECT data ->> 'hint' AS hint FROM audit WHERE event = 'factor.refused' ORDER BY id`,
    )
    return rows.map(({ hint }) => hint)
  }
  current = second
  await replayOne()
  expect(await reasons()).toEqual(['level', 'level', 'replayed'])
  await Promise.all([first.close(), second.close()])
  current = await start()
  await replayAnother()
  expect(await reasons()).toEqual(['level', 'level', 'replayed', 'replayed'])
  await pool.end()
  front.closeAllConnections()
  await new Promise((closed) => front.close(closed))
  await current.close()
})
