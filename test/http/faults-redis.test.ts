import { Redis } from 'ioredis'
import { attach, eventsOf, type Faulty, pageOf, startFaulty, timed } from '../support/faulty.ts'
import { arrive, codeAt, enrolTotp, logIn, type Portal, signIn, typeCode } from '../support/login.ts'
import type { Person } from '../support/person.ts'
import { CLIENT } from '../support/provider.ts'

const FAULTS = [
  ['is gone', (world: Faulty) => world.redis.cut()],
  ['says nothing any more', (world: Faulty) => world.redis.silence()],
] as const

/** Milliseconds: less than half of what a command may take, however busy the machine is. */
const AT_ONCE = 1_250

describe('A Redis that fails', () => {
  let world: Faulty
  beforeAll(async () => {
    world = await startFaulty()
  })
  afterEach(async () => {
    world.redis.restore()
    await world.readyIs(true)
  })
  afterAll(() => world?.close())

  /** Somebody with a second factor, at the page that asks for it, with the code that is due. */
  async function atCode(portal: Portal = world.portal, known?: Awaited<ReturnType<typeof registered>>) {
    const who = known ?? (await registered())
    const { person, request } = await arrive(portal)
    await signIn(person, who)
    world.provider.clock.advance(30_000)
    return { who, person, request, code: codeAt(who.key, world.provider.clock.now()) }
  }
  async function registered() {
    const who = await world.provider.addAccount()
    const { key } = await enrolTotp(world.provider, world.portal, who)
    return { ...who, key }
  }
  /** As after a restart of a Redis that keeps nothing. */
  async function emptied() {
    const redis = new Redis(world.redisUrl)
    await redis.flushdb()
    world.redis.cut()
    world.redis.restore()
    await redis.quit()
    await world.readyIs(true)
  }
  const letIn = (person: Person): boolean => person.answer.searchParams.has('code')

  test.each(FAULTS)(
    'that %s lets nobody in, says so in time, and the same login goes on afterwards',
    async (_, fail) => {
      const { person: leaving, tokens: left } = await logIn(world.provider, world.portal, await registered())
      await leaving.open(world.portal.logoutUrl(left.id_token ?? ''))
      const { who, person, request, code } = await atCode()
      const page = pageOf(person)
      fail(world)
      expect(await timed(() => typeCode(person, code))).toBeLessThan(8_000)
      expect([person.status, letIn(person)]).toEqual([503, false])
      expect(person.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(await timed(() => world.readyIs(false))).toBeLessThan(5_000)
      expect(await timed(() => world.health('live'))).toBeLessThan(AT_ONCE)
      const ask = async () => (await person.send(page.url)).status
      await Promise.all(Array.from({ length: 8 }, ask))
      const waits = await Promise.all(
        Array.from({ length: 20 }, () => timed(async () => expect(await ask()).toBe(503))),
      )
      expect(waits.sort((a, b) => a - b)[10]).toBeLessThan(AT_ONCE)
      expect(await eventsOf(world.sql, who.id)).not.toContain('session.ended')
      await leaving.submit('/logout/confirm', { logout: 'yes' })
      expect([leaving.status, leaving.text()]).toEqual([503, expect.not.stringContaining('abgemeldet')])

      world.redis.restore()
      expect(await timed(() => world.readyIs(true))).toBeLessThan(5_000)
      await leaving.again()
      expect(leaving.url).toContain(CLIENT.postLogoutRedirectUris[0])
      Object.assign(person, page)
      await typeCode(person, code)
      const tokens = await world.portal.finish(person.answer, request)
      expect(tokens.claims()).toMatchObject({ sub: who.id, amr: ['pwd', 'otp', 'mfa'] })
    },
  )

  test('and forgets everything: logins begin anew, and nothing that protects is forgotten', async () => {
    const known = await registered()
    const { tokens, person: signedIn } = await logIn(world.provider, world.portal, known, {
      prompt: 'consent',
    })
    const used = codeAt(known.key, world.provider.clock.now())
    const guessed = await registered()
    const guesser = (await atCode(world.portal, guessed)).person
    while (guesser.status !== 429) await typeCode(guesser, '000000')
    const { person } = await atCode()
    await emptied()

    await typeCode(person, '123456')
    expect([person.status, person.text()]).toEqual([410, expect.stringContaining(CLIENT.name)])
    // A new login in the same browser needs both factors again.
    const { person: again } = await arrive(world.portal, {}, signedIn)
    await signIn(again, known)
    await typeCode(again, used)
    expect([again.status, letIn(again)]).toEqual([422, false])
    const { person: late } = await arrive(world.portal)
    await signIn(late, guessed)
    await typeCode(late, codeAt(guessed.key, world.provider.clock.now()))
    expect([late.status, letIn(late)]).toEqual([429, false])
    // Offline access is in the database, and what was exchanged stays used; all else ends with the session.
    const renewed = await world.portal.refresh(tokens.refresh_token ?? '')
    await emptied()
    expect((await world.refresh(tokens.refresh_token ?? '')).status).toBe(400)
    expect((await world.refresh(renewed.refresh_token ?? '')).status).toBe(400)
  })

  describe('for one of two instances', () => {
    let other: Faulty
    beforeAll(async () => {
      const [database, redis] = [world.provider.settings.database, world.redisUrl]
      other = await attach(
        { database: 'url' in database ? database.url : '', redis },
        { clock: world.provider.clock },
      )
    })
    afterEach(() => other.redis.restore())
    afterAll(() => other?.close())

    test('never lets a code of the app or of a login count twice', async () => {
      const known = await registered()
      const here = await atCode(world.portal, known)
      const { person: there } = await arrive(other.portal)
      await signIn(there, known)
      const page = pageOf(there)
      other.redis.cut()
      await typeCode(there, here.code)
      expect(there.status).toBe(503)
      await typeCode(here.person, here.code)
      expect(letIn(here.person)).toBe(true)

      const redeem = (issuer: string) =>
        fetch(`${issuer}/token`, {
          method: 'POST',
          headers: { authorization: `Basic ${btoa(`${CLIENT.clientId}:${CLIENT.secret}`)}` },
          body: new URLSearchParams({
            grant_type: 'authorization_code',
            code: here.person.answer.searchParams.get('code') ?? '',
            redirect_uri: CLIENT.redirectUris[0] ?? '',
            code_verifier: here.request.verifier,
          }),
        })
      expect((await redeem(other.provider.issuer)).status).toBe(503)
      expect((await redeem(world.provider.issuer)).status).toBe(200)
      other.redis.restore()
      await other.readyIs(true)
      expect((await redeem(other.provider.issuer)).status).toBe(400)
      Object.assign(there, page)
      await typeCode(there, here.code)
      expect([there.status, letIn(there)]).toEqual([422, false])
      const events = await eventsOf(world.sql, known.id)
      expect(events.filter((event) => event === 'login.completed')).toHaveLength(2)
    })
  })
})
