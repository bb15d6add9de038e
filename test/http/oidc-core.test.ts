import { decodeProtectedHeader } from 'jose'
import { embedded } from '../support/backends.ts'
import { arrive, codeAt, enrolTotp, keyOn, logIn, signIn, typeCode } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { MFA, PHR } from '../support/policy.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const BASIC = `Basic ${Buffer.from(`${CLIENT.clientId}:${CLIENT.secret}`).toString('base64')}`

describe('OpenID Connect', () => {
  let provider: TestProvider
  let portal: Awaited<ReturnType<typeof relyingParty>>
  const OLD = { ...CLIENT, clientId: 'old-portal', idTokenAlg: 'RS256' as const }
  beforeAll(async () => {
    provider = await startProvider({ ...(await embedded.open()), clients: [CLIENT, OLD] })
    portal = await relyingParty(provider.issuer)
  })
  afterAll(() => provider?.close())

  const discovery = async (headers: Record<string, string> = {}) =>
    (await fetch(`${provider.issuer}/.well-known/openid-configuration`, { headers })).json()
  const token = (body: Record<string, string>, authorization = BASIC) =>
    fetch(`${provider.issuer}/token`, {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams(body),
    })
  const loggedIn = async () => {
    const who = await provider.addAccount()
    const { person, request, key } = await enrolTotp(provider, portal, who)
    return { who: { ...who, key }, person, tokens: await portal.finish(person.answer, request) }
  }

  test('announces what works and nothing else', async () => {
    expect(await discovery()).toMatchObject({
      issuer: provider.issuer,
      response_types_supported: ['code'],
      grant_types_supported: expect.not.arrayContaining(['implicit', 'password']),
      code_challenge_methods_supported: ['S256'],
      id_token_signing_alg_values_supported: ['ES256', 'RS256'],
      acr_values_supported: [PHR, MFA, 'https://refeds.org/profile/sfa'],
      authorization_response_iss_parameter_supported: true,
    })
  })

  test('no header changes any address', async () => {
    const truth = await discovery()
    for (const name of [
      'X-Forwarded-Host',
      'X-Forwarded-Proto',
      'X-Original-Host',
      'Forwarded',
      'X-Forwarded-For',
    ]) {
      expect(
        await discovery({ [name]: name === 'Forwarded' ? 'host=evil.example;proto=https' : 'evil.example' }),
      ).toEqual(truth)
    }
    const person = new Person()
    const { url } = await portal.start()
    const response = await person.send(url, { headers: { 'x-forwarded-host': 'evil.example' } })
    expect(response.headers.get('location')).toMatch(/^\/interaction\//)
  })

  test('publishes public keys alone, each with a kid, and signs with ES256, or RS256 where a client asks for it', async () => {
    const { keys } = (await (await fetch(`${provider.issuer}/jwks`)).json()) as {
      keys: Record<string, string>[]
    }
    expect(keys.map((key) => key.alg).sort()).toEqual(['ES256', 'RS256'])
    for (const key of keys) {
      expect(key.kid).toBeTruthy()
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret)
    }
    const { tokens, who } = await loggedIn()
    expect(decodeProtectedHeader(tokens.id_token ?? '').alg).toBe('ES256')
    const old = await relyingParty(provider.issuer, OLD)
    const theirs = await logIn(provider, old, who)
    expect(decodeProtectedHeader(theirs.tokens.id_token ?? '').alg).toBe('RS256')
  })

  test.each([
    ['no challenge', { code_challenge: '', code_challenge_method: '' }],
    ['a plain challenge', { code_challenge_method: 'plain' }],
    ['the implicit flow', { response_type: 'id_token' }],
    ['the token flow', { response_type: 'token' }],
    ['the hybrid flow', { response_type: 'code id_token' }],
  ])('refuses %s', async (_name, parameters) => {
    const { person } = await arrive(portal, parameters as unknown as Record<string, string>)
    expect(person.url).not.toContain('/interaction/')
    expect(person.answer.searchParams.get('code')).toBeNull()
  })

  test.each(['/', '?x=1', '/sub', '#f', '@evil.example', '%2e%2e'])(
    'never redirects to an address that differs by „%s“',
    async (suffix) => {
      const { person } = await arrive(portal, { redirect_uri: `${CLIENT.redirectUris[0]}${suffix}` })
      expect(person.status).toBe(400)
      expect(person.url).toContain(provider.issuer)
    },
  )

  test('a code works once; its replay ends what it gave', async () => {
    const who = await provider.addAccount()
    const { person, request } = await enrolTotp(provider, portal, who)
    const answer = person.answer
    const tokens = await portal.finish(answer, request)
    await expect(portal.finish(answer, request)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(portal.userinfo(tokens.access_token, who.id)).rejects.toThrow()
    expect(await portal.introspect(tokens.access_token)).toMatchObject({ active: false })
    await expect(portal.refresh(tokens.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  test('of ten parallel uses of a code at most one succeeds, and then all is revoked', async () => {
    const who = await provider.addAccount()
    const { person, request } = await enrolTotp(provider, portal, who)
    const answer = person.answer
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => portal.finish(answer, request)))
    const won = results.filter((r) => r.status === 'fulfilled')
    expect(won.length).toBeLessThanOrEqual(1)
    for (const { value } of won) await expect(portal.userinfo(value.access_token, who.id)).rejects.toThrow()
  })

  test('a code is worth nothing without its verifier, or to another client', async () => {
    const who = await provider.addAccount()
    const { person } = await enrolTotp(provider, portal, who)
    const body = {
      grant_type: 'authorization_code',
      code: person.answer.searchParams.get('code') ?? '',
      redirect_uri: CLIENT.redirectUris[0] ?? '',
    }
    expect((await token(body)).status).toBe(400)
    const other = `Basic ${Buffer.from(`${OLD.clientId}:${OLD.secret}`).toString('base64')}`
    expect((await token(body, other)).status).toBe(400)
  })

  test('refresh tokens rotate; the use of an old one ends the whole grant', async () => {
    const { tokens } = await loggedIn()
    const second = await portal.refresh(tokens.refresh_token ?? '')
    expect(second.refresh_token).not.toBe(tokens.refresh_token)
    expect(second.claims()).toMatchObject({ acr: MFA, auth_time: tokens.claims()?.auth_time })
    await expect(portal.refresh(tokens.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(portal.refresh(second.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' })
    expect(await portal.introspect(second.access_token)).toMatchObject({ active: false })
  })

  test('parallel refreshes have one winner', async () => {
    const { tokens } = await loggedIn()
    const all = await Promise.allSettled(
      Array.from({ length: 10 }, () => portal.refresh(tokens.refresh_token ?? '')),
    )
    expect(all.filter((r) => r.status === 'fulfilled')).toHaveLength(1)
  })

  test('introspection and revocation', async () => {
    const { tokens, who } = await loggedIn()
    expect(await portal.introspect(tokens.access_token)).toMatchObject({
      active: true,
      sub: who.id,
      client_id: 'portal',
    })
    await portal.revoke(tokens.access_token)
    expect(await portal.introspect(tokens.access_token)).toMatchObject({ active: false })
    await portal.revoke(tokens.refresh_token ?? '')
    await expect(portal.refresh(tokens.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' })
    const bare = await fetch(`${provider.issuer}/introspect`, {
      method: 'POST',
      body: new URLSearchParams({ token: 'x' }),
    })
    expect(bare.status).toBe(400)
  })

  test('logout asks first, ends the session and its tokens, and returns to the application', async () => {
    const { person, tokens } = await loggedIn()
    await person.open(portal.logoutUrl(tokens.id_token ?? ''))
    expect(person.text()).toContain('Möchten Sie sich abmelden?')
    await person.submit('/logout/confirm', { logout: 'yes' })
    expect(person.url).toBe(CLIENT.postLogoutRedirectUris[0])
    await expect(portal.refresh(tokens.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' })
    const { person: after } = await arrive(portal, { prompt: 'none' }, person)
    expect(after.answer.searchParams.get('error')).toBe('login_required')
  })

  test('a session that nobody began is not ended by a link alone', async () => {
    const { person } = await loggedIn()
    await person.open(`${provider.issuer}/logout`)
    const { person: still, request } = await arrive(portal, { prompt: 'none' }, person)
    expect((await portal.finish(still.answer, request)).claims()?.sub).toBeTruthy()
  })

  test('prompt=none without a session says login_required, with iss', async () => {
    const { person } = await arrive(portal, { prompt: 'none' })
    expect(Object.fromEntries(person.answer.searchParams)).toMatchObject({
      error: 'login_required',
      iss: provider.issuer,
    })
  })

  test.each([{ prompt: 'login' }, { max_age: '0' }])(
    '%o asks anew for both factors, and auth_time is new',
    async (parameters) => {
      const { person, who, tokens } = await loggedIn()
      const first = Number(tokens.claims()?.auth_time)
      provider.clock.advance(30_000)
      const again = await logIn(provider, portal, who, parameters, person)
      expect(again.tokens.claims()).toMatchObject({ acr: MFA })
      expect(Number(again.tokens.claims()?.auth_time)).toBeGreaterThan(first)
    },
  )

  test('max_age that has not passed asks for nothing', async () => {
    const { person } = await loggedIn()
    const { person: same, request } = await arrive(portal, { max_age: '3600' }, person)
    expect((await portal.finish(same.answer, request)).claims()?.auth_time).toBeTruthy()
  })

  test('an acr that nothing here can reach is refused as such, one that needs set-up is not reached silently', async () => {
    const { person } = await loggedIn()
    const claims = JSON.stringify({ id_token: { acr: { essential: true, value: 'urn:unknown' } } })
    await arrive(portal, { claims }, person)
    expect(person.answer.searchParams.get('error')).toBe('unmet_authentication_requirements')
    await arrive(portal, { acr_values: PHR, prompt: 'none' }, person)
    expect(person.answer.searchParams.get('error')).toBe('interaction_required')
  })

  test('the requested acr is reported where it holds, and never more than was proven', async () => {
    const { person } = await loggedIn()
    const sfa = await arrive(portal, { acr_values: 'https://refeds.org/profile/sfa' }, person)
    expect((await portal.finish(sfa.person.answer, sfa.request)).claims()?.acr).toBe(
      'https://refeds.org/profile/sfa',
    )
  })

  test('an id_token_hint of somebody else is not answered silently', async () => {
    const [a, b] = [await loggedIn(), await loggedIn()]
    const { person } = await arrive(
      portal,
      { prompt: 'none', id_token_hint: b.tokens.id_token ?? '' },
      a.person,
    )
    expect(person.answer.searchParams.get('error')).toBe('login_required')
  })

  test('somebody else can sign in on the same browser, and the first session is over', async () => {
    const first = await loggedIn()
    const second = await provider.addAccount()
    const { person, request } = await arrive(portal, { prompt: 'login' }, first.person)
    await signIn(person, second)
    await typeCode(person, codeAt(keyOn(person), provider.clock.now()))
    await person.submit('/continue')
    expect((await portal.finish(person.answer, request)).claims()?.sub).toBe(second.id)
    await expect(portal.refresh(first.tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  test('a locked account gets nothing, with the right password neither', async () => {
    const { who, person, tokens } = await loggedIn()
    await provider.app.stores.accounts.setLocked(who.id, true, Date.now(), { event: 'account.locked' })
    await expect(portal.refresh(tokens.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(portal.userinfo(tokens.access_token, who.id)).rejects.toThrow()
    const silent = await arrive(portal, { prompt: 'none' }, person)
    expect(silent.person.answer.searchParams.get('code')).toBeNull()
    const { person: anew } = await arrive(portal)
    await signIn(anew, who)
    expect(anew.status).toBe(403)
  })

  test('claims asked for by name are released only within the scopes of the client', async () => {
    const { person } = await loggedIn()
    const claims = JSON.stringify({ userinfo: { kundennummer: null, email: null } })
    const { person: same, request } = await arrive(portal, { claims }, person)
    const tokens = await portal.finish(same.answer, request)
    expect(tokens.access_token).toBeTruthy()
  })
})
