import { build } from '../../src/app.ts'
import { createLogger } from '../../src/observe/logger.ts'
import type { Finding } from '../../src/settings/findings.ts'
import { loadSettings } from '../../src/settings/load.ts'
import { watchSettings } from '../../src/settings/watch.ts'
import { embedded } from '../support/backends.ts'
import { testConfig } from '../support/config.ts'
import { arrive, enter } from '../support/login.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const policy = (instant: string, more = '') => `levels:
  - {acr: mfa, distinct_kinds: 2}
  - {acr: sfa}
rules:
  - {name: everybody, demand: {acr: mfa}, stages: {require: ${instant}}${more}}
`
const CASES = `cases:
  - name: whoever has a password alone sets a second factor up
    account: {group: citizens, factors: [password]}
    proven: [password]
    at: 2026-01-01T00:00:00+01:00
    expect: {step: enrol, skippable: false}
`
const MANDATORY = policy('2025-04-29T00:00:00+02:00')

describe('While the provider runs, a changed policy', () => {
  const { env, write } = testConfig()
  const failures: Finding[][] = []
  let provider: TestProvider
  let watcher: ReturnType<typeof watchSettings>
  beforeAll(async () => {
    write('policy.yaml', MANDATORY)
    write('policy.cases.yaml', CASES)
    write(
      'clients/portal.yaml',
      'client_id: portal\nname: P\nredirect_uris: [http://localhost:9/callback]\nclient_secret: env:PORTAL_SECRET\n',
    )
    env.PORTAL_SECRET = CLIENT.secret ?? ''
    const { live } = loadSettings(env)
    const clients = [...live.clients.values()]
    provider = await startProvider({ ...(await embedded.open()), policy: live.policy, clients })
    watcher = watchSettings(env, {
      change: (next) => provider.app.reload(next),
      failure: (findings) => failures.push([...findings]),
    })
    watcher.stop()
  })
  afterAll(() => provider?.close())

  /** Whether a new person with a password alone has to set something up. */
  async function isMandatory(): Promise<boolean> {
    const { person } = await arrive(await relyingParty(provider.issuer, { ...CLIENT, scope: ['openid'] }))
    await enter(person, await provider.addAccount())
    return person.url.includes('/interaction/')
  }
  const change = (name: string, text: string): string[] => {
    failures.length = 0
    write(name, text)
    watcher.check()
    return failures.flat().map(({ file, reason }) => `${file}: ${reason}`)
  }

  test('that fails a case is refused by the name of the case, and the old one stays in force', async () => {
    expect(change('policy.yaml', policy('2026-04-29T00:00:00+02:00'))).toEqual([
      'policy.cases.yaml: "whoever has a password alone sets a second factor up" fails: step is done, not enrol; skippable is none, not false',
    ])
    expect(await isMandatory()).toBe(true)
  })

  test('that pauses what applies already is refused, and it goes on applying', async () => {
    write('policy.cases.yaml', undefined)
    const pause = ', pause: 2025-04-01T00:00:00+02:00'
    expect(change('policy.yaml', policy('2025-04-29T00:00:00+02:00', pause))).toEqual([
      'policy.yaml: lies before the beginning of a stage that applies',
    ])
    expect(await isMandatory()).toBe(true)
  })

  test('that demands what nobody can prove here is refused', async () => {
    const demand = MANDATORY.replace('distinct_kinds: 2', 'distinct_kinds: 2, identity: high')
    expect(change('policy.yaml', demand)).toEqual([
      'policy.yaml: cannot be met by any of the factors there are here: nobody could sign in',
    ])
    expect(await isMandatory()).toBe(true)
  })

  test('whose stages are moved is taken over', async () => {
    expect(change('policy.yaml', policy('2099-04-29T00:00:00+02:00'))).toEqual([])
    expect(await isMandatory()).toBe(false)
    expect(change('policy.yaml', MANDATORY)).toEqual([])
    expect(await isMandatory()).toBe(true)
  })

  test('that fails its cases refuses the start as well', async () => {
    write('policy.cases.yaml', CASES)
    write('policy.yaml', policy('2026-04-29T00:00:00+02:00'))
    const { live } = loadSettings(env)
    const settings = { ...provider.settings, live: { ...provider.settings.live, ...live } }
    const started = build(settings, { log: createLogger('silent') })
    await expect(started).rejects.toThrow('"whoever has a password alone')
  })
})
