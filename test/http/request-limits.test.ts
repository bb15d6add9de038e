import { postgres } from '../support/backends.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'

const BASIC = `Basic ${Buffer.from(`${CLIENT.clientId}:${CLIENT.secret}`).toString('base64')}`
const SITE = {
  name: 'Job Point',
  networks: ['203.0.113.0/24'],
  limits: { guesses: 3000, codes: 400, registrations: 200, requests: 40 },
}

describe('Requests of one address in a minute', () => {
  let provider: TestProvider
  let person = 0
  beforeAll(async () => {
    provider = await startProvider({
      ...(await postgres.open()),
      requestLimits: { address: 10, application: 15 },
      sites: [SITE],
      trustedProxies: ['127.0.0.1', '::1'],
    })
  })
  afterAll(() => provider?.close())

  /** How many of so many requests are let through. */
  async function letThrough(count: number, path: string, from: string, init: RequestInit = {}) {
    const headers = { ...init.headers, 'x-forwarded-for': from }
    const statuses = []
    for (let n = 0; n < count; n++)
      statuses.push(
        (await fetch(`${provider.issuer}${path}`, { ...init, headers, redirect: 'manual' })).status,
      )
    return statuses.filter((status) => status !== 429).length
  }

  test.each([
    '/authorize?client_id=portal',
    '/interaction/none',
    '/token',
    '/.well-known/openid-configuration',
    '/account',
    '/help',
    '/nowhere',
  ])('are limited at %s, and others go on', async (path) => {
    const last = ++person
    expect(await letThrough(14, path, `198.51.101.${last}`)).toBe(10)
    expect(await letThrough(1, path, `198.51.102.${last}`)).toBe(1)
  })

  test('beyond the limit are answered with 429 and when to come again; health checks are not counted', async () => {
    await letThrough(20, '/help', '198.51.100.1')
    const headers = { 'x-forwarded-for': '198.51.100.1' }
    const page = await fetch(`${provider.issuer}/help`, { headers })
    expect([page.status, Number(page.headers.get('retry-after')) > 0]).toEqual([429, true])
    expect(await page.text()).toContain('Gerade kommen sehr viele Anfragen von Ihrem Anschluss.')
    const json = await fetch(`${provider.issuer}/token`, {
      method: 'POST',
      headers: { ...headers, accept: 'application/json' },
    })
    expect([json.status, await json.json()]).toEqual([
      429,
      expect.objectContaining({ error: 'too_many_requests' }),
    ])
    expect((await fetch(`${provider.issuer}/health/live`, { headers })).status).toBe(200)
  })

  test('of a registered site may be more', async () => {
    expect(await letThrough(50, '/help', '203.0.113.7')).toBe(40)
  })

  test('of an application in its own name count for it, and for its address only beyond its own limit', async () => {
    const revoke = (authorization: string) => ({
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams({ token: 'unknown' }),
    })
    expect(await letThrough(40, '/revoke', '198.51.100.9', revoke(BASIC))).toBe(25)
    // Whoever names an application without its secret takes nothing from it.
    const wrong = `Basic ${Buffer.from(`${CLIENT.clientId}:wrong`).toString('base64')}`
    expect(await letThrough(12, '/revoke', '198.51.100.10', revoke(wrong))).toBe(10)
  })
})
