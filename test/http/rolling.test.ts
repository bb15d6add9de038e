import { withStores } from '../support/admin.ts'
import { relyingParty } from '../support/relying-party.ts'
import { PASSWORD, register, startRolling } from '../support/rolling.ts'
import { wholeJourney } from '../support/whole-journey.ts'

/** `JOURNEYS=500` for the whole proof. */
const JOURNEYS = Number(process.env.JOURNEYS ?? 12)
const AT_ONCE = 4

describe('Two instances that are replaced in turn while people log in', () => {
  let world: Awaited<ReturnType<typeof startRolling>>
  beforeAll(async () => {
    world = await startRolling()
  }, 120_000)
  afterAll(() => world?.close())

  /** What the audit knows of each account, sorted. */
  const audits = () =>
    withStores(world.backend, async ({ pool }) => {
      const { rows } = await pool.query<{ account_id: string; events: string[] }>(
        `SELECT account_id, array_agg(event || coalesce(' ' || (data->>'factor'), '') ORDER BY 1) AS events
         FROM audit WHERE account_id IS NOT NULL GROUP BY account_id`,
      )
      return new Map(rows.map(({ account_id, events }) => [account_id, events.sort()]))
    })
  const subjectsOf = async (username: string, count: number) =>
    (await world.mailbox.of(`${username}@mail.example`, count)).map(({ subject }) => subject).sort()

  test('fail nobody, lose no audit row and send no mail twice', async () => {
    const names = Array.from({ length: JOURNEYS }, (_, n) => `person${n}`)
    const ids = await register(world.backend, ['calm', ...names])
    const portal = await relyingParty(world.issuer)
    const go = (username: string) => wholeJourney(portal, world.issuer, { username, password: PASSWORD })
    // One in all calm is the measure of the others.
    await go('calm')
    const expected = (await audits()).get(ids.get('calm') ?? '')
    const mails = expected?.filter((event) => /^factor.enrolled|^login.completed/.test(event)).length ?? 0
    expect(expected).toEqual(
      expect.arrayContaining(['factor.enrolled totp', 'factor.enrolled webauthn', 'session.ended']),
    )

    const failed: string[] = []
    const waiting = [...names]
    const walk = async (): Promise<void> => {
      for (let name = waiting.shift(); name; name = waiting.shift())
        await go(name).catch((error: Error) => failed.push(`${name}: ${error.stack}`))
    }
    let isOver = false
    const everybody = Promise.all(Array.from({ length: AT_ONCE }, walk)).then(() => {
      isOver = true
    })
    const codes: (number | null)[] = []
    for (let n = 0; !isOver; n++) codes.push(await world.replace(n))
    await everybody

    expect(failed).toEqual([])
    expect(codes.length).toBeGreaterThanOrEqual(2)
    expect(new Set(codes)).toEqual(new Set([0]))
    const told = await audits()
    for (const name of names) expect([name, told.get(ids.get(name) ?? '')]).toEqual([name, expected])
    const subjects = await subjectsOf('calm', 1).then(() => subjectsOf('calm', mails > 0 ? 3 : 0))
    for (const name of names) expect(await subjectsOf(name, subjects.length)).toEqual(subjects)
    const sent = world.mailbox.mails.map(({ messageId }) => messageId)
    expect(new Set(sent).size).toBe(sent.length)
    await withStores(world.backend, async ({ pool }) => {
      const { rows } = await pool.query('SELECT count(*)::int AS lying FROM outbox')
      expect(rows).toEqual([{ lying: 0 }])
    })
    process.stderr.write(
      `${JOURNEYS} journeys, ${codes.length} replacements, ${sent.length} mails: 0 failed, 0 lost, 0 twice\n`,
    )
  }, 1_200_000)
})
