import { eventsOf, type Faulty, pageOf, startFaulty, timed } from '../support/faulty.ts'
import { arrive, codeAt, enrolTotp, keyOn, logIn, signIn, typeCode } from '../support/login.ts'
import type { Person } from '../support/person.ts'

/** An honest answer: later, and the person keeps the page they came from. */
function expectLater(person: Person) {
  expect([person.status, person.text()]).toEqual([503, expect.stringContaining('noch einmal')])
  expect(person.headers.get('retry-after')).toMatch(/^\d+$/)
}

/** Milliseconds: less than half of what a statement may take, however busy the machine is. */
const AT_ONCE = 2_500

/** Every change of any table fails as on a full disk (SQLSTATE 53100); PostgreSQL itself raises it. */
const FULL = `
  CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
  DO $$ DECLARE t text; BEGIN
    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
      EXECUTE format('CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON %I EXECUTE FUNCTION full_disk()', t);
    END LOOP; END $$`
const EMPTIED = 'DROP FUNCTION full_disk CASCADE'

describe('A database that fails', () => {
  let world: Faulty
  beforeAll(async () => {
    world = await startFaulty()
  })
  afterEach(async () => {
    world.database.restore()
    await world.readyIs(true)
  })
  afterAll(() => world?.close())

  /** Somebody before the page that sets up a factor, who has typed nothing yet. */
  async function atSetUp() {
    const who = await world.provider.addAccount()
    const { person, request } = await arrive(world.portal)
    await signIn(person, who)
    const code = () => codeAt(keyOn(person), world.provider.clock.now())
    return { who, person, request, code }
  }
  const terminate = () =>
    world.sql.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )

  test.each([
    ['says nothing any more', () => world.database.silence()],
    ['takes three seconds for each packet', () => world.database.delay(3_000)],
  ])(
    'that %s: nobody waits for longer than a statement may take, then nobody waits at all',
    async (_, fail) => {
      const { who, person, request, code } = await atSetUp()
      const [page, typed] = [pageOf(person), code()]
      fail()
      expect(await timed(() => typeCode(person, typed))).toBeLessThan(12_000)
      expectLater(person)
      expect(await timed(() => world.readyIs(false))).toBeLessThan(5_000)
      expect(await timed(() => world.health('live'))).toBeLessThan(AT_ONCE)
      // The first ones teach the instance that it is down; whoever comes then is told at once.
      const ask = () => world.refresh('unknown')
      const crowd = await Promise.all(Array.from({ length: 8 }, ask))
      expect(new Set(crowd.map(({ status }) => status))).toEqual(new Set([503]))
      const waits = await Promise.all(Array.from({ length: 20 }, () => timed(ask)))
      expect(waits.sort((a, b) => a - b)[10]).toBeLessThan(AT_ONCE)

      world.database.restore()
      expect(await timed(() => world.readyIs(true))).toBeLessThan(5_000)
      Object.assign(person, page)
      await typeCode(person, code())
      await person.submit('/continue')
      expect((await world.portal.finish(person.answer, request)).claims()?.sub).toBe(who.id)
      expect((await eventsOf(world.sql, who.id)).filter((event) => event === 'factor.enrolled')).toHaveLength(
        1,
      )
    },
  )

  test('that takes no writes after a failover: not ready, nothing half-done, and the same page works later', async () => {
    const { who, person, code } = await atSetUp()
    const page = pageOf(person)
    const readOnly = async (on: boolean) => {
      await world.sql.query(
        `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = ${on}', current_database()); END $$`,
      )
      await terminate()
    }
    await readOnly(true)
    await world.readyIs(false)
    await typeCode(person, code())
    expectLater(person)
    await readOnly(false)
    await world.readyIs(true)
    expect(await world.provider.app.stores.credentials.ofAccount(who.id)).toHaveLength(1)
    Object.assign(person, page)
    await typeCode(person, code())
    await person.submit('/continue')
    expect(person.answer.searchParams.get('code')).not.toBeNull()
  })

  test('whose connections are ended while people log in: each is told the truth, and the next try works', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, atSetUp))
    const pages = people.map(({ person }) => pageOf(person))
    const answers = Promise.all(people.map(({ person, code }) => typeCode(person, code())))
    for (let i = 0; i < 5; i++) await terminate()
    await answers
    await world.readyIs(true)
    for (const [i, { who, person, code }] of people.entries()) {
      expect([200, 503]).toContain(person.status)
      const held = (await world.provider.app.stores.credentials.ofAccount(who.id)).length - 1
      const told = (await eventsOf(world.sql, who.id)).filter((event) => event === 'factor.enrolled')
      expect(told).toHaveLength(held)
      if (person.status === 503) {
        Object.assign(person, pages[i])
        if (held === 0) await typeCode(person, code())
        else await person.open(person.url)
      }
      await person.submit('/continue')
      expect(person.answer.searchParams.get('code')).not.toBeNull()
    }
  })

  test('whose disk is full: nobody is let in without an audit row, and it goes on without anybody’s help', async () => {
    const ready = await world.provider.addAccount()
    const { key } = await enrolTotp(world.provider, world.portal, ready)
    const { tokens } = await logIn(world.provider, world.portal, { ...ready, key })
    const before = await eventsOf(world.sql, ready.id)
    const { who, person, request, code } = await atSetUp()
    const page = pageOf(person)
    await world.sql.query(FULL)
    await typeCode(person, code())
    expectLater(person)
    const { person: other } = await arrive(world.portal)
    await signIn(other, ready)
    expectLater(other)
    expect((await world.refresh(tokens.refresh_token ?? '')).status).toBe(503)
    expect(await world.health('live')).toBe(200)
    expect(await eventsOf(world.sql, ready.id)).toEqual(before)
    await world.sql.query(EMPTIED)

    expect(await world.provider.app.stores.credentials.ofAccount(who.id)).toHaveLength(1)
    Object.assign(person, page)
    await typeCode(person, code())
    await person.submit('/continue')
    expect((await world.portal.finish(person.answer, request)).claims()?.sub).toBe(who.id)
    expect((await world.portal.refresh(tokens.refresh_token ?? '')).access_token).toBeTruthy()
  })
})
