import { createRemoteJWKSet, jwtVerify } from 'jose'
import { type Listener, listener, passThrough, until } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { Person } from '../support/person.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

describe('Signing out', () => {
  let provider: TestProvider
  let flaky: Listener
  let hanging: Listener
  let down: Listener
  const FLAKY = { ...CLIENT, clientId: 'flaky' }
  const HANGING = { ...CLIENT, clientId: 'hanging' }
  const DOWN = { ...CLIENT, clientId: 'down' }
  beforeAll(async () => {
    flaky = await listener((count) => ({ status: count < 3 ? 503 : 200 }))
    hanging = await listener(() => undefined)
    down = await listener(() => ({ status: 500 }))
    provider = await startProvider({
      ...(await postgres.open()),
      privateHosts: [flaky.host, hanging.host, down.host],
      logoutAttempts: [0, 5, 10],
      clients: [
        CLIENT,
        { ...FLAKY, backchannelLogoutUri: `${flaky.origin}/logout` },
        { ...HANGING, backchannelLogoutUri: `${hanging.origin}/logout` },
        { ...DOWN, backchannelLogoutUri: `${down.origin}/logout` },
      ],
    })
  })
  afterAll(async () => {
    await provider?.close()
    await Promise.all([flaky, hanging, down].map((one) => one?.close()))
  })

  const signedInAt = async (client: typeof CLIENT, person?: Person) => {
    const portal = await relyingParty(provider.issuer, client)
    const request = await portal.start()
    const at = person ? { person: await person.open(request.url) } : await passThrough(provider, request.url)
    return { portal, person: at.person, tokens: await portal.finish(at.person.answer, request) }
  }
  const signOut = async (person: Person, url: string) => {
    await person.open(url)
    await person.submit('/logout/confirm', { logout: 'yes' })
  }

  test('tells an application that was down for a while, with a token it can check', async () => {
    const { portal, person, tokens } = await signedInAt(FLAKY)
    await signOut(person, portal.logoutUrl(tokens.id_token ?? ''))
    await until(() => flaky.requests.length >= 3)
    const sent = flaky.requests.map(({ body }) => new URLSearchParams(body).get('logout_token') ?? '')
    expect(new Set(sent).size).toBe(3)
    const jwks = createRemoteJWKSet(new URL(`${provider.issuer}/jwks`))
    const { payload } = await jwtVerify(sent.at(-1) ?? '', jwks, {
      issuer: provider.issuer,
      audience: 'flaky',
      typ: 'logout+jwt',
    })
    expect(payload).toMatchObject({
      sub: tokens.claims()?.sub,
      sid: tokens.claims()?.sid,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    })
    expect(payload).toHaveProperty('jti')
    expect(payload).not.toHaveProperty('nonce')
  })

  test('waits for nobody: an application that hangs delays neither the person nor the others', async () => {
    const { portal, person, tokens } = await signedInAt(HANGING)
    await signedInAt(DOWN, person)
    await signOut(person, portal.logoutUrl(tokens.id_token ?? ''))
    expect(hanging.abandoned()).toBe(0)
    expect(person.url).toBe(CLIENT.postLogoutRedirectUris[0])
    await expect(portal.refresh(tokens.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' })
    await until(() => hanging.requests.length >= 1 && down.requests.length >= 3)
    await until(() => hanging.abandoned() >= 1)
  })

  test('gives up after its last attempt, and the log says at which application', async () => {
    const count = down.requests.length
    const { portal, person, tokens } = await signedInAt(DOWN)
    await signOut(person, portal.logoutUrl(tokens.id_token ?? ''))
    await until(() =>
      provider.logs.some(
        (line) => line.msg === 'application not told of a logout' && line.clientId === 'down',
      ),
    )
    expect(down.requests.length - count).toBeLessThanOrEqual(3)
  })

  test('where nobody is signed in leads straight on, with the state, and shows no page of the library', async () => {
    const { portal, tokens } = await signedInAt(CLIENT)
    const url = new URL(portal.logoutUrl(tokens.id_token ?? ''))
    url.searchParams.set('state', 'a b&c')
    const stranger = await new Person().open(url.href)
    expect(stranger.url).toBe(`${CLIENT.postLogoutRedirectUris[0]}?state=a+b%26c`)
    const bare = await new Person().open(`${provider.issuer}/logout`)
    expect(bare.text()).toContain('Sie sind abgemeldet')
  })

  test.each([
    [
      'an address that is not registered',
      (hint: string) => ({ id_token_hint: hint, post_logout_redirect_uri: 'https://evil.example/' }),
    ],
    [
      'a forged hint',
      (hint: string) => ({
        id_token_hint: `${hint.slice(0, -12)}AAAAAAAAAAAA`,
        post_logout_redirect_uri: CLIENT.postLogoutRedirectUris[0] ?? '',
      }),
    ],
    [
      'an unsigned hint',
      (hint: string) => ({
        id_token_hint: `${btoa('{"alg":"none"}')}.${hint.split('.')[1]}.`,
        post_logout_redirect_uri: CLIENT.postLogoutRedirectUris[0] ?? '',
      }),
    ],
    [
      'an address without saying whose',
      () => ({ post_logout_redirect_uri: CLIENT.postLogoutRedirectUris[0] ?? '' }),
    ],
  ])('leads nowhere by %s', async (_what, parameters) => {
    const { person, tokens } = await signedInAt(CLIENT)
    const query = new URLSearchParams(parameters(tokens.id_token ?? ''))
    await person.open(`${provider.issuer}/logout?${query}`)
    expect(person.url).toContain(provider.issuer)
    expect(person.status).toBeLessThan(500)
    await signedInAt(CLIENT, person)
  })

  test('leaves an old cookie worth nothing', async () => {
    const { portal, person, tokens } = await signedInAt(CLIENT)
    const cookie = person.cookies(new URL(provider.issuer))
    await signOut(person, portal.logoutUrl(tokens.id_token ?? ''))
    const { url } = await portal.start({ prompt: 'none' })
    const response = await fetch(url, { headers: { cookie }, redirect: 'manual' })
    expect(response.headers.get('location')).toContain('login_required')
  })
})
