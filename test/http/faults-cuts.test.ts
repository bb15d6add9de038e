import { type Faulty, pageOf, startFaulty } from '../support/faulty.ts'
import { arrive, codeAt, enrolTotp, keyOn, logIn, signIn, typeCode } from '../support/login.ts'
import type { Where } from '../support/outage.ts'
import type { Person } from '../support/person.ts'
import { CLIENT, standingClock } from '../support/provider.ts'

/** A connection to the database breaks at each packet in turn: it never arrives, or its answer never comes back. */
describe.each<Where>(['before', 'after'])('A connection that breaks %s what was sent is done', (where) => {
  let world: Faulty
  beforeAll(async () => {
    world = await startFaulty({ clock: standingClock() })
  })
  afterAll(() => world?.close())

  const now = () => world.provider.clock.now()
  const letIn = (person: Person): boolean => person.answer.searchParams.has('code')
  const count = async (sql: string, accountId: string): Promise<number> =>
    (await world.sql.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${sql}`, [accountId])).rows[0]?.n ??
    0

  /** Does something with the line breaking at its first, second, … packet, until it comes to an end unbroken. */
  async function everywhere(round: (breaking: <T>(work: () => Promise<T>) => Promise<T>) => Promise<void>) {
    let broke = 0
    for (let at = 0, happened = true; happened; at++) {
      happened = false
      await round(async (work) => {
        const over = world.database.breakAt(at, where)
        const result = await work()
        happened = over()
        return result
      })
      if (happened) broke++
    }
    expect(broke).toBeGreaterThan(2)
  }

  test('leaves a set-up wholly there or wholly absent, with its one audit row, and its person goes on', async () => {
    await everywhere(async (breaking) => {
      const who = await world.provider.addAccount()
      const { person } = await arrive(world.portal)
      await signIn(person, who)
      const [page, key] = [pageOf(person), keyOn(person)]
      await breaking(() => typeCode(person, codeAt(key, now())))
      expect([200, 503]).toContain(person.status)
      const state = async () => [
        await count(`credentials WHERE factor = 'totp' AND account_id = $1`, who.id),
        await count(`audit WHERE event = 'factor.enrolled' AND account_id = $1`, who.id),
      ]
      const [held, told] = await state()
      expect(told).toBe(held)

      if (person.status === 503) {
        Object.assign(person, page)
        await typeCode(person, codeAt(key, now()))
        if (held === 1 && !person.html.includes('/continue"'))
          await typeCode(person, codeAt(key, now() + 30_000))
      }
      if (person.html.includes('/continue"')) await person.submit('/continue')
      expect([letIn(person), ...(await state())]).toEqual([true, 1, 1])
    })
  })

  test('lets nobody in without the code that is due, and nobody twice with the same', async () => {
    const who = await world.provider.addAccount()
    const { key } = await enrolTotp(world.provider, world.portal, who)
    const completed = () => count(`audit WHERE event = 'login.completed' AND account_id = $1`, who.id)
    await everywhere(async (breaking) => {
      const before = await completed()
      const { person } = await arrive(world.portal)
      await signIn(person, who)
      world.provider.clock.advance(60_000)
      const page = pageOf(person)
      await breaking(() => typeCode(person, codeAt(key, now())))
      if (!letIn(person)) {
        expect(person.status).toBe(503)
        Object.assign(person, page)
        await typeCode(person, codeAt(key, now()))
        if (person.status === 422) await typeCode(person, codeAt(key, now() + 30_000))
      }
      // The library has closed the interaction before it asks the database: that login begins anew, from the portal.
      if (person.status === 410) expect(person.text()).toContain('Neu starten bei Jobcenter-Portal')
      else expect(`${person.url} ${person.text()}`).toContain('code=')
      expect((await completed()) - before).toBeLessThanOrEqual(2)
      const other = (await arrive(world.portal)).person
      await signIn(other, who)
      await typeCode(other, codeAt(key, now()))
      expect([other.status, letIn(other)]).toEqual([422, false])
    })
  })

  test('ends a session with all that came of it, at the latest when the same page is sent once more', async () => {
    const who = await world.provider.addAccount()
    const { key } = await enrolTotp(world.provider, world.portal, who)
    await everywhere(async (breaking) => {
      const { person, tokens } = await logIn(world.provider, world.portal, { ...who, key })
      await person.open(world.portal.logoutUrl(tokens.id_token ?? ''))
      await breaking(() => person.submit('/logout/confirm', { logout: 'yes' }))
      if (person.status === 503) await person.again()
      expect(await live(who.id)).toBe(0)
      // The first one is that of the browser in which the app was set up.
      expect(await count('sessions WHERE ended_at IS NULL AND account_id = $1', who.id)).toBe(1)
      await person.open((await world.portal.start({ prompt: 'none' })).url)
      expect(person.answer.searchParams.get('error')).toBe('login_required')
    })
  })

  const live = (accountId: string) =>
    count(
      `tokens WHERE model = 'RefreshToken' AND consumed_at IS NULL AND expires_at > now() AND account_id = $1`,
      accountId,
    )
  const token = (fields: Record<string, string>) =>
    fetch(`${world.provider.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${CLIENT.clientId}:${CLIENT.secret}`)}` },
      body: new URLSearchParams(fields),
    })
  /** What the application is told, and again what it is told when it asks once more. */
  async function twice(breaking: <T>(work: () => Promise<T>) => Promise<T>, fields: Record<string, string>) {
    const first = await breaking(() => token(fields))
    const again = await token(fields)
    const told = [first.status, again.status]
    expect([
      [200, 400],
      [503, 200],
      [503, 400],
    ]).toContainEqual(told)
    return { told, answer: (await (first.ok ? first : again).json()) as Record<string, string> }
  }

  test('never makes two sets of tokens of one code', async () => {
    const who = await world.provider.addAccount()
    let signedIn = await enrolTotp(world.provider, world.portal, who)
    await everywhere(async (breaking) => {
      const { person, request, key } = signedIn
      const { told } = await twice(breaking, {
        grant_type: 'authorization_code',
        code: person.answer.searchParams.get('code') ?? '',
        redirect_uri: CLIENT.redirectUris[0] ?? '',
        code_verifier: request.verifier,
      })
      expect(await live(who.id)).toBe(told.includes(200) && told[0] === 503 ? 1 : 0)
      await world.sql.query(`DELETE FROM tokens WHERE model = 'RefreshToken' AND account_id = $1`, [who.id])
      const next = await world.portal.start()
      await person.open(next.url)
      signedIn = { person, request: next, key }
    })
  })

  test('never leaves two refresh tokens of one that was exchanged', async () => {
    const who = await world.provider.addAccount()
    const { key } = await enrolTotp(world.provider, world.portal, who)
    await everywhere(async (breaking) => {
      const { tokens } = await logIn(world.provider, world.portal, { ...who, key })
      const { told } = await twice(breaking, {
        grant_type: 'refresh_token',
        refresh_token: tokens.refresh_token ?? '',
      })
      // The second use of one that was exchanged ends the whole family: the application starts a new login.
      expect(await live(who.id)).toBe(told[1] === 200 ? 1 : 0)
      await world.sql.query(`DELETE FROM tokens WHERE account_id = $1`, [who.id])
    })
  })
})
