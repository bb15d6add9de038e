import type { Rule } from '../../src/domain/policy.ts'
import type { Live } from '../../src/settings/types.ts'
import { openDatabase } from '../../src/store/index.ts'
import { type Backend, postgresAndRedis } from '../support/backends.ts'
import { startBalanced } from '../support/balanced.ts'
import { arrive, codeAt, keyOn, type Portal, signIn, typeCode } from '../support/login.ts'
import { policyOf, SFA } from '../support/policy.ts'
import { standingClock, startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const TOKEN = 'a-token-of-the-tests-with-32-characters'
const PROMPT = Date.parse('2025-04-01T00:00:00+02:00')
const REQUIRE = Date.parse('2025-04-29T00:00:00+02:00')
const EMPLOYERS: Rule = {
  name: 'employers-first',
  groups: ['employers'],
  demand: { distinctKinds: 2, phishingResistant: false, identity: 'none' },
  require: PROMPT,
}

describe('A roll-out in which too many get stuck, on two instances that take turns', () => {
  const clock = standingClock()
  const setTo = (ms: number) => clock.advance(ms - clock.now())
  let service: Awaited<ReturnType<typeof startBalanced>>
  let portal: Portal
  let backend: Backend
  let policy: Live['policy']
  const instances = () => service.instances
  const both = async (work: (one: TestProvider) => unknown) => {
    for (const one of instances()) await work(one)
  }
  const reviewed = () => both((one) => one.app.review())
  const reload = (brake: Rule['brake']) =>
    both(({ app, settings }) => {
      const rules = policy.rules.map((one, i) => {
        const { brake: _, ...rule } = one
        return i === 0 ? { ...rule, ...(brake ? { brake } : {}) } : one
      })
      app.reload({ ...settings.live, policy: { ...policy, rules } })
    })

  beforeAll(async () => {
    setTo(PROMPT + 3600_000)
    policy = policyOf({ announce: PROMPT, prompt: PROMPT, require: REQUIRE }, [EMPLOYERS])
    const [everybody, ...rest] = policy.rules
    if (everybody)
      policy = { ...policy, rules: [{ ...everybody, brake: { failureShare: 0.3, atLeast: 4 } }, ...rest] }
    backend = await postgresAndRedis.open()
    service = await startBalanced({ ...backend, policy, clock, metricsToken: TOKEN })
    portal = await relyingParty(service.issuer)
  })
  afterAll(() => service?.close())

  const join = (group = 'citizens') => instances()[0].addAccount({ group, username: `p${Math.random()}` })
  async function atSetUp(group?: string) {
    const who = await join(group)
    const { person, request } = await arrive(portal)
    await signIn(person, who)
    return { person, request, who }
  }
  async function setsUp(group?: string) {
    const { person } = await atSetUp(group)
    await typeCode(person, codeAt(keyOn(person), clock.now()))
    await person.submit('/continue')
  }
  async function getsStuck(group?: string) {
    const { person, request } = await atSetUp(group)
    for (let n = 0; n < 4; n++) await typeCode(person, '000')
    return { person, request }
  }
  /** Whether somebody new is let through without a second factor, asked on both instances. */
  async function mayPass(group = 'citizens'): Promise<boolean[]> {
    const answers = []
    for (let n = 0; n < 2; n++) {
      const { person } = await atSetUp(group)
      answers.push(person.text().includes('Überspringen'))
      // One request more, so that the other instance begins the next time.
      await person.open(person.url)
    }
    return answers
  }
  const sums = async () => {
    const found = await instances()[0].app.stores.rollouts.sums(0)
    return (rule: string, what: string) =>
      found.filter((one) => one.rule === rule && one.what === what).reduce((n, one) => n + one.n, 0)
  }

  test('counts each login once, however often its pages are loaded and whichever instance it meets', async () => {
    await setsUp()
    await setsUp()
    const { person, request } = await getsStuck()
    await person.open(person.url.replace('/answer', ''))
    await person.submit('/skip')
    expect((await portal.finish(person.answer, request)).claims()).toMatchObject({ acr: SFA })
    await reviewed()
    const of = await sums()
    const counted = ['seen', 'prompted', 'started', 'failed', 'enrolled', 'stuck'].map(
      (what) => `${what} ${of('mfa-for-everybody', what)}`,
    )
    expect(counted).toEqual(['seen 3', 'prompted 3', 'started 3', 'failed 4', 'enrolled 2', 'stuck 1'])
  })

  test('counts employers under the rule that is for them, too, and by their group', async () => {
    await setsUp('employers')
    await reviewed()
    const found = await instances()[1].app.stores.rollouts.sums(0)
    expect(found).toContainEqual(
      expect.objectContaining({
        rule: 'employers-first',
        stage: 'require',
        group: 'employers',
        what: 'enrolled',
        n: 1,
      }),
    )
    // The configuration names no other group: whatever else accounts have is one.
    expect(new Set(found.map(({ group }) => group))).toEqual(new Set(['employers', 'other']))
  })

  test('pulls the brake once, which is audited, logged and shown in the metrics of both', async () => {
    expect(await braking()).toEqual([undefined, undefined])
    await getsStuck()
    await getsStuck()
    await reviewed()
    await reviewed()
    expect(await braking()).toEqual([1, 1])
    const { rows } = await audit()
    expect(rows).toEqual([
      { rule: 'mfa-for-everybody', by: 'mfa-for-everybody', stage: 'prompt', enrolled: 3, stuck: 3 },
    ])
    const warned = instances().flatMap(({ logs }) =>
      logs.filter((line) => line.level === 40 && String(line.msg).startsWith('brake pulled')),
    )
    expect(warned).toHaveLength(1)
  })

  test('does not begin its next stage on either instance; what applied before goes on applying', async () => {
    setTo(REQUIRE + 3600_000)
    expect(await mayPass()).toEqual([true, true])
    expect(await mayPass('employers')).toEqual([false, false])
    await reviewed()
    expect(await mayPass()).toEqual([true, true])
  })

  test('is held by an instance that starts now, and is not released by another limit', async () => {
    const third = await startProvider({ ...backend, policy, clock, metricsToken: TOKEN })
    try {
      expect(await braking([third])).toEqual([1])
    } finally {
      await third.close()
    }
    await reload({ failureShare: 0.99, atLeast: 1e6 })
    expect(await mayPass()).toEqual([true, true])
  })

  test('is not released by an instant that lies ahead', () => {
    const [{ app, settings }] = instances()
    const [first, ...rest] = policy.rules
    const ahead = { failureShare: 0.3, atLeast: 4, released: clock.now() + 1 }
    const next = { ...policy, rules: [{ ...first, brake: ahead } as Rule, ...rest] }
    expect(() => app.reload({ ...settings.live, policy: next })).toThrow('lies ahead')
  })

  test('begins on both instances once a person has released it, and what was counted before does not pull it again', async () => {
    await reload({ failureShare: 0.3, atLeast: 4, released: clock.now() })
    expect(await mayPass()).toEqual([false, false])
    await reviewed()
    expect(await mayPass()).toEqual([false, false])
    expect(await braking()).toEqual([undefined, undefined])
    expect((await audit()).rows).toHaveLength(1)
  })

  /** The gauge of each instance. */
  async function braking(of: TestProvider[] = instances()): Promise<(number | undefined)[]> {
    const values = []
    for (const { issuer } of of) {
      const headers = { authorization: `Bearer ${TOKEN}` }
      const text = await (await fetch(`${issuer}/metrics`, { headers })).text()
      const [, value] = /^pforte_policy_braked\{rule="mfa-for-everybody"\} (\d)$/m.exec(text) ?? []
      values.push(value === undefined ? undefined : Number(value))
    }
    return values
  }
  const audit = async () => {
    const opened = await openDatabase(instances()[0].settings.database, () => {})
    const { rows } = await opened.pool.query("SELECT data FROM audit WHERE event = 'policy.braked'")
    await opened.close()
    return { rows: rows.map((row) => row.data) }
  }
})
