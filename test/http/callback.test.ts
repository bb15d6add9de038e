import { createPool } from '../../src/store/postgres.ts'
import { postgresAndRedis } from '../support/backends.ts'
import { arrive } from '../support/login.ts'
import type { Person } from '../support/person.ts'
import { startProvider, type TestProvider, testClock } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'
import { startStandIn, type TestStandIn } from '../support/stand-in.ts'

const PATH = '/saml/bundid/acs'

describe('An answer that another site has the browser post', () => {
  let bundid: TestStandIn
  let provider: TestProvider
  beforeAll(async () => {
    bundid = await startStandIn()
    provider = await startProvider({ ...(await postgresAndRedis.open()), bundid: bundid.federation })
  })
  afterAll(async () => {
    await provider?.close()
    await bundid?.close()
  })

  /** Somebody on the page before BundID, and the name of their ceremony. */
  const begin = async (): Promise<{ person: Person; RelayState: string }> => {
    const { person } = await arrive(await relyingParty(provider.issuer))
    await person.submit('/choose', { factor: 'bundid', purpose: 'verify' })
    return { person, RelayState: person.form('/SSO').body.get('RelayState') ?? '' }
  }
  const post = (body: BodyInit, headers: Record<string, string> = {}) =>
    fetch(provider.issuer + PATH, {
      method: 'POST',
      body,
      headers: { origin: bundid.origin, 'sec-fetch-site': 'cross-site', ...headers },
      redirect: 'manual',
    })
  const form = (fields: Record<string, string>) => new URLSearchParams(fields)
  const parked = (html: string): string => /href="(\/interaction\/[^"]+)"/.exec(html)?.[1] ?? ''

  test('is taken without cookie or token of ours, and leads to the interaction that asked', async () => {
    const { person, RelayState } = await begin()
    const response = await post(form({ RelayState, SAMLResponse: 'PHg+' }))
    expect(response.status).toBe(200)
    const href = parked(await response.text())
    expect(response.headers.get('refresh')).toBe(`0; url=${href}`)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.getSetCookie()).toEqual([])
    expect(href.startsWith(`${new URL(person.url).pathname}/back/bundid/`)).toBe(true)
    await person.open(href)
    expect([person.status, person.text()]).toEqual([422, expect.stringContaining('hat nicht geklappt')])
  })

  test('or brings back without one: who turned back there reads so, and may go on', async () => {
    const { person, RelayState } = await begin()
    const turnedBack = (query: string) => fetch(`${provider.issuer}/saml/bundid/back?${query}`)
    const response = await turnedBack(new URLSearchParams({ RelayState }).toString())
    await person.open(parked(await response.text()))
    expect([person.status, person.text()]).toEqual([422, expect.stringContaining('abgebrochen')])
    expect(person.form('/SSO').body.get('RelayState')).toBe(RelayState)
    expect((await turnedBack('RelayState=unknown')).status).toBe(410)
    expect((await turnedBack('RelayState=a&RelayState=b')).status).toBe(410)
    expect((await turnedBack('')).status).toBe(410)
  })

  test('is fetched once, and a wrong token spends it', async () => {
    const { person, RelayState } = await begin()
    const answer = form({ RelayState, SAMLResponse: 'PHg+' })
    const href = parked(await (await post(answer)).text())
    await person.open(href.replace(/[^/]+$/, 'wrong'))
    expect([person.status, new URL(person.url).pathname]).toEqual([200, href.replace(/\/back\/.*/, '')])
    await person.open(href)
    expect(person.status).toBe(200)

    const again = parked(await (await post(answer)).text())
    expect((await person.open(again)).status).toBe(422)
    expect((await person.open(again)).status).toBe(200)
  })

  test('brings nothing along but the fields of an answer', async () => {
    const { id, username } = await provider.addAccount()
    const { person, RelayState } = await begin()
    const response = await post(
      form({ RelayState, SAMLResponse: 'PHg+', identifier: username, shared: 'on' }),
    )
    await person.open(parked(await response.text()))
    expect(person.status).toBe(422)
    // A name would have had the refusal counted against the account.
    expect(await eventsOf(id)).toEqual([{ event: 'account.created' }])
  })

  const eventsOf = async (accountId: string) => {
    const { database } = provider.settings
    const pool = createPool({ connectionString: 'url' in database ? database.url : '' }, () => {})
    const { rows } = await pool.query('SELECT event FROM audit WHERE account_id = $1', [accountId])
    await pool.end()
    return rows
  }

  test.each([
    ['of no interaction', () => form({ SAMLResponse: 'PHg+', RelayState: 'x'.repeat(32) }), 410],
    ['without the name of a ceremony', () => form({ SAMLResponse: 'PHg+' }), 410],
    ['with an endless name', () => form({ RelayState: 'x'.repeat(100_000) }), 410],
    ['that is too large', () => form({ RelayState: 'x', SAMLResponse: 'x'.repeat(210_000) }), 413],
    ['that is no form', () => '{"RelayState":"x"}', 410],
  ])('%s is refused', async (_, body, status) => {
    expect((await post(body())).status).toBe(status)
  })

  test('has no other way in than POST', async () => {
    expect((await fetch(`${provider.issuer}${PATH}?RelayState=x`)).status).toBe(405)
  })

  test('is answered to requests made by published metadata', async () => {
    const response = await fetch(`${provider.issuer}/saml/bundid/metadata`)
    expect(response.headers.get('content-type')).toMatch('application/samlmetadata+xml')
    expect(await response.text()).toContain(`Location="${provider.issuer}${PATH}"`)
  })

  test('is expected with certificates that hold: one that ends soon is a warning at the start', async () => {
    const clock = testClock()
    clock.advance(700 * 24 * 3600_000)
    const later = await startProvider({
      ...(await postgresAndRedis.open()),
      bundid: bundid.federation,
      clock,
    })
    const warned = (p: TestProvider) =>
      p.logs.filter(({ msg }) => /^renew /.test(String(msg))).map((l) => l.msg)
    expect(warned(later)).toContain('renew our signing certificate for bundid')
    expect(warned(later)).toHaveLength(3)
    expect(warned(provider)).toEqual([])
    await later.close()
  })
})
