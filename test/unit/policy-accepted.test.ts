import { plannable } from '../../src/composition.ts'
import type { Policy } from '../../src/domain/policy.ts'
import { accept } from '../../src/settings/accept.ts'
import { SettingsError } from '../../src/settings/findings.ts'
import { loadSettings } from '../../src/settings/load.ts'
import { CLIENT_FILE, testConfig } from '../support/config.ts'

const DATE = Date.parse('2025-04-29T00:00:00+02:00')

const LEVELS = `levels:
  - {acr: high, distinct_kinds: 2, identity: high}
  - {acr: mfa, distinct_kinds: 2}
  - {acr: sfa}
`
const rules = (...lines: string[]) => `${LEVELS}rules:\n${lines.map((line) => `  - ${line}\n`).join('')}`
const MANDATORY = '{name: all, demand: {acr: mfa}, stages: {require: 2025-04-29T00:00:00+02:00}}'
const caseOf = (more: string, expect = '{step: done, acr: sfa}') =>
  `cases:\n  - {name: a password is enough, account: {group: g, factors: [password]}, proven: [password], ${more}, expect: ${expect}}\n`

/** What is found when these files are to be taken over, each as `file: path: reason`. */
function refusals(files: Record<string, string>, now = DATE, inForce?: Policy): string[] {
  const { env, write } = testConfig()
  for (const [name, text] of Object.entries(files)) write(name, text)
  try {
    const settings = loadSettings(env)
    const taker = { factors: plannable(settings), sessionAbsolute: 43_200, now }
    accept(settings.live, inForce ? { ...taker, inForce } : taker)
    return []
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return error.findings.map(({ file, path, reason }) => `${file}: ${path}: ${reason}`)
  }
}

describe('A policy is taken over', () => {
  test('where its cases hold', () => {
    const policy = rules(MANDATORY)
    const cases = caseOf('at: 2025-04-28T23:59:59+02:00')
    expect(refusals({ 'policy.yaml': policy, 'policy.cases.yaml': cases })).toEqual([])
  })

  test('and is refused where one of them fails, by its name and with what differs', () => {
    const cases = caseOf('at: 2025-04-29T00:00:00+02:00')
    expect(refusals({ 'policy.yaml': rules(MANDATORY), 'policy.cases.yaml': cases })).toEqual([
      'policy.cases.yaml: cases[0]: "a password is enough" fails: step is enrol, not done; acr is none, not sfa',
    ])
  })

  test.each([
    ['another step', '{step: refuse}', 'step is enrol, not refuse'],
    ['another offer', '{step: enrol, offer: [totp]}', 'offer is totp, webauthn, not totp'],
    ['set-up that can be skipped', '{step: enrol, skippable: true}', 'skippable is false, not true'],
    ['another reason', '{step: enrol, why: silent}', 'why is none, not silent'],
  ])('a case that expects %s says so', (_, expected, difference) => {
    const cases = caseOf('at: 2025-04-29T00:00:00+02:00', expected)
    expect(refusals({ 'policy.yaml': rules(MANDATORY), 'policy.cases.yaml': cases })).toEqual([
      `policy.cases.yaml: cases[0]: "a password is enough" fails: ${difference}`,
    ])
  })

  test('with cases about a share, a client, an identity, suspended factors, age and acr_values', () => {
    const policy = rules(
      '{name: pilot, for: {percent: 10}, demand: {acr: mfa}, stages: {require: 2025-01-01T00:00Z}}',
      '{name: bank, for: {clients: [portal]}, demand: {acr: mfa, max_age: 60}, stages: {require: 2025-01-01T00:00Z}}',
    )
    const at = 'at: 2025-02-01T00:00Z'
    const proven = 'proven: [password, totp]'
    const cases = `cases:
  - {name: in the pilot, account: {group: g, factors: [password], share: 9.8}, proven: [password], ${at}, expect: {step: enrol}}
  - {name: beyond it, account: {group: g, factors: [password], share: 10}, proven: [password], ${at}, expect: {step: done}}
  - {name: fresh, account: {group: g, factors: [password, totp]}, ${proven}, client: portal, age: 60, ${at}, expect: {step: done}}
  - {name: stale, account: {group: g, factors: [password, totp]}, ${proven}, client: portal, age: 61, ${at}, expect: {step: verify}}
  - {name: suspended, account: {group: g, factors: [password], suspended: [webauthn], share: 0}, proven: [password], ${at}, expect: {step: refuse, why: strongest_is_suspended}}
  - {name: asked, account: {group: g, factors: [password]}, proven: [password], acr_values: [mfa], ${at}, expect: {step: enrol}}
`
    expect(refusals({ 'policy.yaml': policy, 'policy.cases.yaml': cases })).toEqual([])
  })

  test('unless cases name clients or levels that are not there', () => {
    const cases = caseOf('client: gone, acr_values: [nothing], at: 2025-04-29T00:00:00+02:00')
    expect(refusals({ 'policy.yaml': LEVELS, 'policy.cases.yaml': cases })).toEqual([
      'policy.cases.yaml: cases[0].client: there is no clients/gone.yaml',
      'policy.cases.yaml: cases[0]: "nothing" is not a configured acr',
    ])
  })

  test('unless it demands what no factor here can prove, of people or at a client', () => {
    const unreachable = 'cannot be met by any of the factors there are here: nobody could sign in'
    const demand = (what: string) => `{name: r, demand: {${what}}, stages: {require: 2030-01-01T00:00Z}}`
    for (const what of ['acr: high', 'acr: mfa, factors: [totp]', 'factors: [bundid]'])
      expect(refusals({ 'policy.yaml': rules(demand(what)) })).toEqual([
        `policy.yaml: rules[0].demand: ${unreachable}`,
      ])
    const client = `${CLIENT_FILE}min_acr: high\n`
    expect(refusals({ 'policy.yaml': LEVELS, 'clients/portal.yaml': client })).toEqual([
      `clients/portal.yaml: min_acr: ${unreachable}`,
    ])
  })
})

describe('A pause', () => {
  const STAGED = 'prompt: 2025-04-01T00:00:00+02:00, require: 2025-04-29T00:00:00+02:00'
  const paused = (pause: string) =>
    rules(`{name: all, demand: {acr: mfa}, stages: {${STAGED}}, pause: ${pause}}`)
  const inForce: Policy = {
    levels: [],
    rules: [
      {
        name: 'all',
        demand: { distinctKinds: 2, phishingResistant: false, identity: 'none' },
        prompt: Date.parse('2025-04-01T00:00:00+02:00'),
        require: DATE,
      },
    ],
    epoch: 'e',
  }

  test('before the date is taken over, and holds the date', () => {
    expect(refusals({ 'policy.yaml': paused('2025-04-20T00:00:00+02:00') }, DATE - 1, inForce)).toEqual([])
  })

  test('that begins after a stage did is taken over, and takes nothing back', () => {
    expect(refusals({ 'policy.yaml': paused('2025-04-29T00:00:00+02:00') }, DATE, inForce)).toEqual([])
  })

  test('that would take back what applies is refused', () => {
    expect(refusals({ 'policy.yaml': paused('2025-04-20T00:00:00+02:00') }, DATE, inForce)).toEqual([
      'policy.yaml: rules[0].pause: lies before the beginning of a stage that applies',
    ])
  })

  test('that has held a date is taken over again once the date has gone by', () => {
    const [rule] = inForce.rules
    if (!rule) throw new Error('no rule')
    const held = { ...inForce, rules: [{ ...rule, pause: Date.parse('2025-04-20T00:00:00+02:00') }] }
    expect(refusals({ 'policy.yaml': paused('2025-04-20T00:00:00+02:00') }, DATE + 1, held)).toEqual([])
  })
})

describe('A brake', () => {
  const braked = (more: string) =>
    rules(
      `{name: all, demand: {acr: mfa}, stages: {require: 2025-04-29T00:00:00+02:00}, brake: {failure_share: 0.05, at_least: 200${more}}}`,
    )

  test('may be released up to this moment, and not ahead', () => {
    const released = (at: string) => ({ 'policy.yaml': braked(`, released: ${at}`) })
    expect(refusals(released('2025-04-29T00:00:00+02:00'))).toEqual([])
    expect(refusals(released('2025-04-29T00:00:01+02:00'))).toEqual([
      'policy.yaml: rules[0].brake.released: lies ahead',
    ])
  })

  test('watches rules that there are', () => {
    expect(refusals({ 'policy.yaml': braked(', watch: [all]') })).toEqual([])
    expect(refusals({ 'policy.yaml': braked(', watch: [al]') })).toEqual([
      'policy.yaml: rules[0].brake.watch: no rule is named "al"',
    ])
  })

  test.each(['failure_share: 0', 'failure_share: 1', 'failure_share: 5', 'at_least: 0', 'at_least: 1.5'])(
    'with %s is refused',
    (wrong) => {
      const [key = ''] = wrong.split(':')
      const policy = braked('').replace(new RegExp(`${key}: [\\d.]+`), wrong)
      expect(refusals({ 'policy.yaml': policy })).toEqual([
        expect.stringContaining(`rules[0].brake.${key}: `),
      ])
    },
  )
})
