import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { atAccount, links, signInWithCode } from '../support/account-person.ts'
import { environmentOf, withStores } from '../support/admin.ts'
import { type Listener, listener, until } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { testConfig } from '../support/config.ts'
import { arrive, codeAt, keyOn, type Portal, signIn, typeCode } from '../support/login.ts'
import { pforte, start } from '../support/process.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'
import { freePort } from '../support/servers.ts'

const sidsTold = (application: Listener): unknown[] =>
  application.requests.map(({ body }) => decodeJwt(new URLSearchParams(body).get('logout_token') ?? '').sid)

describe('An application hears of it behind the person’s back when', () => {
  let provider: TestProvider
  let portal: Portal
  let application: Listener
  beforeAll(async () => {
    application = await listener(() => ({ status: 200 }))
    const client = { ...CLIENT, backchannelLogoutUri: `${application.origin}/logout` }
    provider = await startProvider({
      ...(await postgres.open()),
      clients: [client],
      privateHosts: [application.host],
    })
    portal = await relyingParty(provider.issuer)
  })
  afterAll(async () => {
    await provider?.close()
    await application?.close()
  })

  /** The same account at the portal, in another browser. */
  async function atPortal(who: { username: string; password: string }, key: string) {
    const { person, request } = await arrive(portal, { scope: 'openid offline_access', prompt: 'consent' })
    await signInWithCode(provider, person, who, key)
    const tokens = await portal.finish(person.answer, request)
    return { sid: tokens.claims()?.sid, refresh: tokens.refresh_token ?? '' }
  }
  /** Says at once that the session is over, and a moment later to the application, once. */
  async function over({ sid, refresh }: Awaited<ReturnType<typeof atPortal>>) {
    await expect(portal.refresh(refresh)).rejects.toMatchObject({ error: 'invalid_grant' })
    await until(() => sidsTold(application).includes(sid))
    expect(sidsTold(application).filter((told) => told === sid)).toHaveLength(1)
  }

  test('a password is changed, and a factor is set up anew', async () => {
    const { who, person, key } = await atAccount(provider)
    const first = await atPortal(who, key)
    await person.submit('/account/add', { factor: 'password' })
    await person.submit('/answer', { password: 'vier neue Wörter im Wald' })
    await over(first)
    await person.submit('/continue')

    const second = await atPortal({ ...who, password: 'vier neue Wörter im Wald' }, key)
    await person.submit('/account/add', { factor: 'totp' })
    await typeCode(person, codeAt(keyOn(person), provider.clock.now()))
    await over(second)
  })

  test('a factor is removed, one session is ended, all others are, or the account is locked', async () => {
    const { who, person, key } = await atAccount(provider)
    await person.submit('/account/add', { factor: 'recovery-codes' })
    await person.submit('/answer', { kept: 'on' })
    await person.submit('/continue')
    const removed = await atPortal(who, key)
    await person.open(links(person, '/remove').at(-1) ?? '')
    await person.submit('/remove')
    await over(removed)

    const one = await atPortal(who, key)
    await person.open(`${provider.issuer}/account/sessions`)
    await person.submit('/sessions/end')
    await over(one)

    const other = await atPortal(who, key)
    await person.open(`${provider.issuer}/account/sessions`)
    await person.submit('/sessions/end-others')
    await over(other)

    const locked = await atPortal(who, key)
    const { accounts } = provider.app.stores
    await accounts.setLocked(who.id, true, provider.clock.now(), { event: 'account.locked' })
    await over(locked)
  })
})

describe('What an application is still to be told', () => {
  test('outlives the process that was killed, and is told by the next one', async () => {
    let down = true
    const application = await listener(() => ({ status: down ? 503 : 200 }))
    const backend = await postgres.open()
    const config = testConfig()
    const pforteYaml = readFileSync(join(config.folder, 'pforte.yaml'), 'utf8')
    config.write('pforte.yaml', `${pforteYaml}\noutbound: { private_hosts: ['${application.host}'] }\n`)
    config.write(
      'clients/portal.yaml',
      `client_id: portal
name: Jobcenter-Portal
redirect_uris: [${CLIENT.redirectUris[0]}]
post_logout_redirect_uris: [${CLIENT.postLogoutRedirectUris[0]}]
backchannel_logout_uri: ${application.origin}/logout
client_secret: env:PORTAL_SECRET
scope: [${CLIENT.scope.join(', ')}]
`,
    )
    const port = String(await freePort())
    const env = { ...config.env, ...environmentOf(backend), PORT: port, PORTAL_SECRET: CLIENT.secret ?? '' }
    expect((await pforte(['migrate'], env)).code).toBe(0)
    const password = 'correct horse battery'
    await pforte(['accounts', 'create', 'max', '--group', 'citizens'], env, `${password}\n`)

    const first = start(['src/main.ts'], env)
    await first.seen(/Pforte is ready/)
    const portal = await relyingParty(`http://localhost:${port}`)
    const { person, request } = await arrive(portal)
    await signIn(person, { username: 'max', password })
    await typeCode(person, codeAt(keyOn(person), Date.now()))
    await person.submit('/continue')
    const tokens = await portal.finish(person.answer, request)
    await person.open(portal.logoutUrl(tokens.id_token ?? ''))
    await person.submit('/logout/confirm', { logout: 'yes' })
    await until(() => application.requests.length > 0)
    first.kill('SIGKILL')
    await first.ended
    // Nobody waits for the lease of the one that was killed.
    await withStores(backend, ({ pool }) => pool.query('UPDATE logouts SET due_at = now()'))

    down = false
    const before = application.requests.length
    const second = start(['src/main.ts'], env)
    await until(() => application.requests.length > before)
    expect(sidsTold(application).at(-1)).toBe(tokens.claims()?.sid)
    second.kill('SIGTERM')
    await second.ended
    expect(application.requests).toHaveLength(before + 1)
    await application.close()
  }, 120_000)
})
