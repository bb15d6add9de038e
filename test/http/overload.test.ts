import { availableParallelism } from 'node:os'
import { passwordCredential } from '../../src/factors/password/index.ts'
import { attempted } from '../support/crowd.ts'
import { type Faulty, startFaulty, timed } from '../support/faulty.ts'
import { arrive, enrolTotp, enter, logIn } from '../support/login.ts'

/** As in production, but for the length of the queue. */
const PASSWORD = { least: 8, leastAlone: 15, memoryKiB: 19_456, passes: 2, parallelism: 1, queue: 8 }
/** What the Kubernetes manifests give a health check. */
const PROBE_MS = 2_000
/** So many hashes at once are answered; ten times as many come. */
const POOL = Math.max(1, availableParallelism() - 1) + PASSWORD.queue

describe('Ten times as many logins as the hashes have room for', () => {
  let world: Faulty
  beforeAll(async () => {
    world = await startFaulty({ password: PASSWORD })
  })
  afterAll(() => world?.close())

  test('are answered or sent away honestly, while health checks answer in time and memory stays bounded', async () => {
    const who = await world.provider.addAccount()
    const { key } = await enrolTotp(world.provider, world.portal, who)
    const { app } = world.provider
    const credential = passwordCredential(await app.hashPassword(who.password))
    const names = Array.from({ length: 10 * POOL }, (_, n) => `crowd${n}`)
    for (const username of names)
      await app.stores.accounts.create(
        { username, emailVerified: false, group: 'citizens', locale: 'de' },
        credential,
        { event: 'account.created', by: 'cli' },
      )
    const crowd = await Promise.all(
      names.map(async (username) => ({ username, person: (await arrive(world.portal)).person })),
    )
    const people = crowd.map(({ person }) => person)
    const before = process.memoryUsage().rss

    const running = attempted(crowd, ({ person, username }) => enter(person, { ...who, username }))
    const checks = []
    while (!running.over()) checks.push(await timed(async () => expect(await world.health('live')).toBe(200)))
    const readiness = await world.health('ready')
    const took = await running.took

    const statuses = people.map(({ status }) => status)
    const [served, shed] = [200, 503].map((status) => statuses.filter((one) => one === status).length)
    expect([...new Set(statuses)].sort()).toEqual([200, 503])
    expect(served).toBeGreaterThanOrEqual(POOL)
    expect(shed).toBeGreaterThan(0)
    for (const person of people.filter(({ status }) => status === 503))
      expect(Number(person.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(took).toBeLessThan(30_000)
    expect(readiness).toBe(200)
    expect(checks.length).toBeGreaterThan(0)
    expect(Math.max(...checks)).toBeLessThan(PROBE_MS)
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024)

    // Whoever was sent away has guessed nothing: no attempt is counted, in the database or for the network.
    const { rows } = await world.sql.query('SELECT coalesce(sum(points), 0)::int AS counted FROM attempts')
    expect(rows).toEqual([{ counted: 0 }])
    const { tokens } = await logIn(world.provider, world.portal, { ...who, key })
    expect(tokens.access_token).toBeTruthy()
  })
})
