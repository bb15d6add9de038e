import { environmentOf, withStores } from '../support/admin.ts'
import { type Backend, postgres } from '../support/backends.ts'
import { testConfig } from '../support/config.ts'
import { pforte } from '../support/process.ts'

const POLICY = `levels:
  - {acr: mfa, distinct_kinds: 2}
  - {acr: sfa}
rules:
  - {name: employers, for: {groups: [employers]}, demand: {acr: mfa}, stages: {require: 2025-01-01T00:00:00+01:00}}
  - name: everybody
    demand: {acr: mfa}
    stages: {announce: 2025-03-01T00:00:00+01:00, require: 2025-04-29T00:00:00+02:00}
`
const CASES = `cases:
  - name: nobody needs two factors before the date
    account: {group: citizens, factors: [password]}
    proven: [password]
    at: 2025-04-28T23:59:59+02:00
    expect: {step: done, acr: sfa}
`
/** A configuration with this policy. */
function configured(policy = POLICY, cases: string | undefined = CASES) {
  const { env, write } = testConfig()
  write('policy.yaml', policy)
  if (cases) write('policy.cases.yaml', cases)
  return env
}

describe('pforte policy', () => {
  test('check says what is demanded of whom and since when', async () => {
    const { code, stdout } = await pforte(['policy', 'check'], configured())
    expect(code).toBe(0)
    expect(stdout).toMatch(/^The policy is correct; 1 cases hold\.$/m)
    expect(stdout).toMatch(/^rules +employers, for all accounts in employers: two kinds of proof$/m)
    expect(stdout).toMatch(/^ +required since 29 Apr 2025, 00:00 \(Europe\/Berlin\)$/m)
  })

  test('test names the case that a changed rule fails, and check refuses the change with exit code 78', async () => {
    const env = configured(POLICY.replace('2025-04-29', '2025-04-27'))
    const tested = await pforte(['policy', 'test'], env)
    expect(tested.code).toBe(1)
    expect(tested.stdout).toContain(
      'FAILS  nobody needs two factors before the date: step is enrol, not done; acr is none, not sfa',
    )
    const checked = await pforte(['policy', 'check'], env)
    expect(checked.code).toBe(78)
    expect(checked.stderr).toContain('"nobody needs two factors before the date" fails')
  })

  test('test passes where every case holds, and asks for cases where there are none', async () => {
    expect((await pforte(['policy', 'test'], configured())).code).toBe(0)
    const none = await pforte(['policy', 'test'], configured(POLICY, ''))
    expect(none).toMatchObject({ code: 1, stdout: expect.stringContaining('There are no cases.') })
  })

  test('explain names each rule, what it demands, and each step of the login', async () => {
    const backend = await postgres.open()
    const id = await withStores(backend, async ({ stores }) => {
      const account = { username: 'max', emailVerified: false, group: 'citizens', locale: 'de' }
      const strength = {
        kinds: ['knowledge' as const],
        amr: ['pwd'],
        phishingResistant: false,
        identity: 'none' as const,
      }
      const password = { data: {}, label: 'password', strength }
      return stores.accounts.create(account, password, { event: 'account.created', by: 'cli' })
    })
    const env = { ...configured(), ...environmentOf(backend) }
    const explain = (...more: string[]) =>
      pforte(['policy', 'explain', '--account', 'max', '--client', 'portal', ...more], env)

    const before = await explain('--at', '2025-04-28T23:59:59+02:00')
    expect(before.code).toBe(0)
    expect(before.stdout).toMatch(new RegExp(`^account +${id}, group citizens, at [\\d.]+ of 100$`, 'm'))
    expect(before.stdout).toMatch(/^rules +employers: not for it, but for all accounts in employers$/m)
    expect(before.stdout).toMatch(/^ +everybody: would demand two kinds of proof; announced since /m)
    expect(before.stdout).toMatch(/^together +one proof$/m)
    expect(before.stdout).toMatch(/^login +ask who it is.*\n +let in, with acr sfa and amr pwd$/m)

    const after = await explain('--at', '2025-04-29T00:00:00+02:00')
    expect(after.stdout).toMatch(/^together +two kinds of proof$/m)
    expect(after.stdout).toMatch(/^login +ask who it is.*\n +set up webauthn or totp$/m)

    const raised = await explain('--at', '2025-04-28T23:59:59+02:00', '--acr', 'mfa')
    expect(raised.stdout).toMatch(/^asked +mfa$/m)
    expect(raised.stdout).toContain('set up webauthn or totp')

    for (const [args, reason] of [
      [['--client', 'gone'], 'There is no client "gone".'],
      [['--acr', 'gone'], '"gone" is not a configured acr.'],
      [['--at', '2025-04-29'], '--at is not an instant with a time zone.'],
    ] as const)
      expect(await explain(...args)).toMatchObject({ code: 64, stderr: expect.stringContaining(reason) })
    expect(await explain('--account', 'nobody')).toMatchObject({ code: 67 })
  })
})

describe('pforte policy, where a brake was pulled,', () => {
  const braked = (released = '') =>
    configured(
      POLICY.replace('2025-04-29', '2099-04-29').concat(
        `    brake: {failure_share: 0.05, at_least: 200${released}}\n`,
      ),
      '',
    )
  let backend: Backend
  beforeAll(async () => {
    backend = await postgres.open()
    await withStores(backend, async ({ stores: { rollouts } }) => {
      const at = {
        rule: 'everybody',
        stage: 'prompt',
        hour: Date.now(),
        group: 'citizens',
        detail: '',
      } as const
      await rollouts.add([
        { ...at, what: 'seen', n: 1300 },
        { ...at, what: 'enrolled', n: 900 },
        { ...at, what: 'stuck', detail: 'after three tries', n: 100 },
        { ...at, what: 'failed', detail: 'totp wrong', n: 350 },
      ])
      const event = { event: 'policy.braked', rule: 'everybody', by: 'everybody', stage: 'prompt' } as const
      await rollouts.pull({ rule: 'everybody', at: Date.parse('2025-03-02T00:00:00Z') }, 0, {
        ...event,
        enrolled: 900,
        stuck: 100,
      })
    })
  })
  const run = (args: string[], env = braked()) =>
    pforte(['policy', ...args], { ...env, ...environmentOf(backend) })

  test('check says what is held, until a person has released it', async () => {
    const { code, stdout } = await run(['check'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ +announced since .*, required from 29 Apr 2099, .*, but HELD BY ITS BRAKE$/m)
    expect(stdout).toMatch(
      /^ +brake: more than 5 % stuck of at least 200 in everybody; PULLED, holds what would begin after /m,
    )
    const released = await run(['check'], braked(', released: 2025-03-03T00:00:00Z'))
    expect(released.stdout).toMatch(/required from 29 Apr 2099, [^,]*$/m)
  })

  test('check says so where the database cannot be asked, and checks the rest', async () => {
    const env = { ...braked(), ...environmentOf(backend), DATABASE_URL: 'postgres://127.0.0.1:9/none' }
    const { code, stdout } = await pforte(['policy', 'check'], env)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^It cannot be read whether a brake is pulled\. The database cannot be reached: /m)
  })

  test('rollout prints how far people came, by rule, stage and group, and what went wrong', async () => {
    const { code, stdout } = await run(['rollout'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ +seen +prompted +started +failed +enrolled +stuck +share$/m)
    expect(stdout).toMatch(/^everybody, prompt, citizens +1,300 +0 +0 +350 +900 +100 +10\.0 %$/m)
    expect(stdout).toMatch(/^ +failed: totp wrong +350\n +stuck: after three tries +100$/m)
    const none = await run(['rollout', '--since', '2099-01-01T00:00:00+01:00'])
    expect(none.stdout).toMatch(/^Nothing was counted yet/m)
  })
})
