import { postgresAndRedis } from '../support/backends.ts'
import { arrive, codeAt, enrolTotp, enter, keyOn, type Portal, signIn, typeCode } from '../support/login.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const TOKEN = 'a-token-of-the-tests-with-32-characters'

describe('The metrics', () => {
  let provider: TestProvider
  let portal: Portal
  beforeAll(async () => {
    provider = await startProvider({ ...(await postgresAndRedis.open()), metricsToken: TOKEN })
    portal = await relyingParty(provider.issuer)
  })
  afterAll(() => provider?.close())

  const scrape = (authorization?: string) =>
    fetch(`${provider.issuer}/metrics`, authorization ? { headers: { authorization } } : {})
  /** The value of one series, by its name and labels in any order; undefined where there is none. */
  async function series(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
    const lines = (await (await scrape(`Bearer ${TOKEN}`)).text()).split('\n')
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
    const line = lines.find(
      (one) => /^(\w+)/.exec(one)?.[1] === name && wanted.every((label) => one.includes(label)),
    )
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1))
  }

  test('are refused without the right token, whatever its length', async () => {
    for (const wrong of [undefined, 'Bearer', 'Bearer x', `Bearer ${TOKEN}x`, `Basic ${TOKEN}`]) {
      const answer = await scrape(wrong)
      expect([wrong, answer.status, answer.headers.get('www-authenticate')]).toEqual([wrong, 401, 'Bearer'])
      expect(await answer.text()).not.toContain('pforte_')
    }
  })

  test('are not there at all where no token was set', async () => {
    const without = await startProvider(await postgresAndRedis.open())
    try {
      const answer = await fetch(`${without.issuer}/metrics`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      })
      expect(answer.status).toBe(404)
    } finally {
      await without.close()
    }
  })

  test('count a login with its refusals, the set-up on the way, and its tokens', async () => {
    const who = await provider.addAccount()
    const { person, request } = await arrive(portal)
    await enter(person, { ...who, password: 'wrong' })
    await signIn(person, who)
    await typeCode(person, '000')
    await typeCode(person, codeAt(keyOn(person), provider.clock.now()))
    await person.submit('/continue')
    await portal.finish(person.answer, request)
    await expect(portal.refresh('nonsense')).rejects.toThrow()

    const counted = async (name: string, labels: Record<string, string>) =>
      `${name} ${Object.values(labels).join(' ')}: ${await series(`pforte_${name}`, labels)}`
    expect([
      await counted('factor_verifications_total', { factor: 'password', outcome: 'wrong' }),
      await counted('factor_verifications_total', { factor: 'password', outcome: 'accepted' }),
      await counted('factor_enrolments_total', { factor: 'totp', outcome: 'malformed' }),
      await counted('factor_enrolments_total', { factor: 'totp', outcome: 'accepted' }),
      await counted('logins_total', { profile: 'web', acr: 'https://refeds.org/profile/mfa' }),
      await counted('token_requests_total', { grant: 'authorization_code', outcome: 'success' }),
      await counted('token_requests_total', { grant: 'refresh_token', outcome: 'invalid_grant' }),
    ]).toEqual([
      'factor_verifications_total password wrong: 1',
      'factor_verifications_total password accepted: 1',
      'factor_enrolments_total totp malformed: 1',
      'factor_enrolments_total totp accepted: 1',
      'logins_total web https://refeds.org/profile/mfa: 1',
      'token_requests_total authorization_code success: 1',
      'token_requests_total refresh_token invalid_grant: 1',
    ])
    expect(await series('pforte_prompts_total', { stage: 'require', reason: 'required' })).toBeGreaterThan(0)
  })

  test('tell of a login that was broken off', async () => {
    const { person } = await arrive(portal)
    await signIn(person, await provider.addAccount())
    await person.submit('/abort')
    expect(await series('pforte_logins_refused_total', { reason: 'cancelled' })).toBe(1)
  })

  test('show how long hashes, stores and requests take, and what waits', async () => {
    const some = [
      ['pforte_password_hash_seconds_count', {}],
      ['pforte_password_hash_wait_seconds_count', {}],
      ['pforte_store_duration_seconds_count', { backend: 'postgres', store: 'accounts', outcome: 'ok' }],
      ['pforte_store_duration_seconds_count', { backend: 'redis', store: 'ephemeral', outcome: 'ok' }],
      ['pforte_http_request_duration_seconds_count', { route: 'login', status: '2xx' }],
      ['pforte_http_request_duration_seconds_count', { route: 'token', status: '4xx' }],
      ['pforte_database_connections', { state: 'idle' }],
    ] as const
    for (const [name, labels] of some)
      expect([name, await series(name, labels)]).not.toEqual([name, undefined])
    expect(await series('pforte_password_hashes', { state: 'waiting' })).toBe(0)
    expect(await series('process_cpu_seconds_total')).toBeGreaterThan(0)
  })

  test('show how many mails wait, and for how long', async () => {
    expect(await series('pforte_mail_outbox_letters')).toBe(0)
    const who = await provider.addAccount({ email: 'max@example.org', username: 'with-mail' })
    await enrolTotp(provider, portal, who)
    expect(await series('pforte_mail_outbox_letters')).toBeGreaterThan(0)
    expect(await series('pforte_mail_outbox_oldest_seconds')).toBeGreaterThan(0)
  })

  test('have labels of bounded number and name nobody, whatever is asked for', async () => {
    const who = await provider.addAccount({ username: 'hermine.musterfrau' })
    for (const n of [1, 2, 3, 4]) {
      await fetch(`${provider.issuer}/guessed-${n}`)
      await fetch(`${provider.issuer}/constructor`)
      const body = new URLSearchParams({ grant_type: `invented-${n}`, client_id: `stranger-${n}` })
      await fetch(`${provider.issuer}/token`, { method: 'POST', body })
    }
    await enter((await arrive(portal)).person, who)
    const text = await (await scrape(`Bearer ${TOKEN}`)).text()
    expect(text).not.toMatch(/guessed|invented|stranger|constructor/)
    expect(text).not.toMatch(/hermine|max@example|[0-9a-f]{8}-[0-9a-f]{4}-/)
    expect(await series('pforte_token_requests_total', { grant: 'other' })).toBe(4)
    expect(text.split('\n').length).toBeLessThan(1_500)
  })
})
