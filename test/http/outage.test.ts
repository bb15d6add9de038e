import { createServer } from 'node:net'
import { postgres } from '../support/backends.ts'
import { arrive, codeAt, enrolTotp, keyOn, logIn, signIn, typeCode } from '../support/login.ts'
import { outage } from '../support/outage.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const BASIC = `Basic ${Buffer.from(`${CLIENT.clientId}:${CLIENT.secret}`).toString('base64')}`

describe('When the database is gone', () => {
  let provider: TestProvider
  let portal: Awaited<ReturnType<typeof relyingParty>>
  let line: Awaited<ReturnType<typeof outage>>
  beforeAll(async () => {
    const { database } = await postgres.open()
    line = await outage('url' in database ? database.url : '')
    provider = await startProvider({ database: { url: line.url } })
    portal = await relyingParty(provider.issuer)
  })
  afterAll(async () => {
    line?.restore()
    await provider?.close()
    line?.close()
  })
  afterEach(() => line.restore())

  test('pages say so with 503 and Retry-After, nothing is half-written, and the same login goes on afterwards', async () => {
    const who = await provider.addAccount()
    const { person, request } = await arrive(portal)
    const login = { url: person.url, html: person.html }
    line.cut()
    await signIn(person, who)
    expect(person.status).toBe(503)
    expect(person.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(person.text()).toContain('Versuchen Sie es dann noch einmal.')
    line.restore()
    Object.assign(person, login)
    await signIn(person, who)
    const key = keyOn(person)
    line.cut()
    const page = { url: person.url, html: person.html }
    await typeCode(person, codeAt(key, provider.clock.now()))
    expect(person.status).toBe(503)
    line.restore()
    expect(await provider.app.stores.credentials.ofAccount(who.id)).toHaveLength(1)
    Object.assign(person, page)
    await typeCode(person, codeAt(key, provider.clock.now()))
    await person.submit('/continue')
    expect((await portal.finish(person.answer, request)).claims()?.sub).toBe(who.id)
  })

  test('applications get temporarily_unavailable as JSON, and a refresh token survives', async () => {
    const who = await provider.addAccount()
    const { key } = await enrolTotp(provider, portal, who)
    const { tokens } = await logIn(provider, portal, { ...who, key })
    line.cut()
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token ?? '',
    })
    const answer = await fetch(`${provider.issuer}/token`, {
      method: 'POST',
      headers: { authorization: BASIC },
      body,
    })
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(await answer.json()).toMatchObject({ error: 'temporarily_unavailable' })
    line.restore()
    expect((await portal.refresh(tokens.refresh_token ?? '')).access_token).toBeTruthy()
  })

  test('no authorization request is answered with a code, or sent back with an error of the application’s', async () => {
    const { request } = await arrive(portal)
    line.cut()
    const answer = await fetch(request.url, { redirect: 'manual' })
    expect(answer.status).toBe(503)
    expect(answer.headers.get('location')).toBeNull()
  })

  test('it is alive but not ready, and ready again by itself', async () => {
    const status = async (path: string) => (await fetch(`${provider.issuer}/health/${path}`)).status
    line.cut()
    expect([await status('live'), await status('ready')]).toEqual([200, 503])
    line.restore()
    expect(await status('ready')).toBe(200)
  })
})

test('the line used above really cuts', async () => {
  const echo = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  await new Promise<void>((listening) => echo.listen(0, '127.0.0.1', listening))
  const { port } = echo.address() as { port: number }
  const line = await outage(`postgres://127.0.0.1:${port}/x`)
  line.cut()
  await expect(line.knock()).rejects.toThrow()
  line.restore()
  await line.knock()
  line.close()
  echo.close()
})
