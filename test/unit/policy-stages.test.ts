import fc from 'fast-check'
import { join, type Requirement } from '../../src/domain/assurance.ts'
import { ask, type Policy, type Rule, STAGES, stageOf } from '../../src/domain/policy.ts'
import { shareOf } from '../../src/domain/share.ts'
import { requirement } from '../support/worlds.ts'

const MFA = requirement({ distinctKinds: 2 })
const PHR = requirement({ distinctKinds: 2, phishingResistant: true })
const who = { id: 'a1', group: 'citizens' }
const policyOf = (...rules: Rule[]): Policy => ({ levels: [], rules, epoch: 'e' })
const rule = (more: Partial<Rule> = {}): Rule => ({ name: 'r', demand: MFA, ...more })
const DATE = Date.parse('2025-04-29T00:00:00+02:00')

describe('A stage', () => {
  const staged = rule({ announce: DATE - 2000, prompt: DATE - 1000, require: DATE })

  test.each([
    [-2001, 'before'],
    [-2000, 'announce'],
    [-1001, 'announce'],
    [-1000, 'prompt'],
    [-1, 'prompt'],
    [0, 'require'],
    [1e12, 'require'],
  ])('begins at its instant and not a millisecond before: %i ms after the date it is „%s“', (ms, stage) => {
    expect(stageOf(staged, DATE + ms)).toBe(stage)
  })

  test.each([
    ['before everything', -3000, [0, 'before']],
    ['after the announcement', -1500, [0, 'announce']],
    ['after the offer', -500, [0, 'prompt']],
    ['at the very instant', 0, [0, 'require']],
    ['after the date', 1, [1e12, 'require']],
  ] as const)('that would begin after a pause does not; paused %s', (_, pause, [at, stage]) => {
    expect(stageOf({ ...staged, pause: DATE + pause }, DATE + at)).toBe(stage)
  })

  test('that is held is not announced: nobody is told a date that does not hold', () => {
    const ahead = policyOf(staged)
    expect(ask(ahead, who, 'portal', DATE - 1).announced).toBe(DATE)
    const held = policyOf({ ...staged, pause: DATE - 10 })
    expect(ask(held, who, 'portal', DATE - 1)).not.toHaveProperty('announced')
  })

  test('once begun is never taken back by a pause that begins later, whatever comes', () => {
    fc.assert(
      fc.property(anyRule, fc.nat(1000), fc.nat(1000), (one, begins, later) => {
        const { pause: _, ...running } = one
        const paused = { ...running, pause: begins }
        expect(rank(paused, begins + later)).toBeGreaterThanOrEqual(rank(running, begins))
        expect(stageOf(paused, begins)).toBe(stageOf(running, begins))
        expect(rank(paused, begins + later)).toBeLessThanOrEqual(rank(running, begins + later))
      }),
    )
  })

  test('never goes back as time goes on', () => {
    fc.assert(
      fc.property(anyRule, fc.nat(1000), fc.nat(1000), (one, now, later) => {
        expect(rank(one, now + later)).toBeGreaterThanOrEqual(rank(one, now))
      }),
    )
  })
})

describe('A share of the accounts', () => {
  const ids = Array.from(
    { length: 20_000 },
    (_, n) => `0f9b1c2e-7d3a-4a5b-8c6d-${String(n).padStart(12, '0')}`,
  )
  const within = (percent: number): string[] =>
    ids.filter(
      (id) => ask(policyOf(rule({ percent, require: 0 })), { ...who, id }, 'p', 1).matched.length > 0,
    )

  test.each([0.5, 1, 10, 25, 50, 99])('of %d percent is about that large', (percent) => {
    const found = (within(percent).length / ids.length) * 100
    expect(Math.abs(found - percent)).toBeLessThan(2)
  })

  test('is part of every larger one, and 100 percent are all', () => {
    const [few, more] = [within(10), new Set(within(25))]
    expect(few.filter((id) => !more.has(id))).toEqual([])
    expect(within(100)).toHaveLength(ids.length)
  })

  test('is the same on every instance and after every restart', () => {
    const places = ['a1', 'a2', '0f9b1c2e-7d3a-4a5b-8c6d-000000000001'].map(shareOf)
    // As another program, in another language, computes them.
    expect(places.map((place) => place.toFixed(4))).toEqual(['37.7872', '76.8389', '37.0226'])
  })

  test('contains nobody as long as nobody is known', () => {
    const policy = policyOf(rule({ percent: 100, require: 0 }))
    expect(ask(policy, undefined, 'portal', 1).required.distinctKinds).toBe(1)
    expect(ask(policy, who, 'portal', 1).required.distinctKinds).toBe(2)
  })
})

describe('Of several rules', () => {
  test('those of other groups and clients do not count', () => {
    const policy = policyOf(
      rule({ groups: ['employers'], require: 0 }),
      rule({ clients: ['bank'], demand: PHR, require: 0 }),
    )
    const demanded = (group: string, client: string) => ask(policy, { id: 'a1', group }, client, 1).required
    expect(demanded('citizens', 'portal')).toEqual(requirement())
    expect(demanded('employers', 'portal')).toEqual(MFA)
    expect(demanded('citizens', 'bank')).toEqual(PHR)
  })

  test('the strictest wins, and a further rule never loosens anything', () => {
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 4 }), anyRule, fc.nat(1000), (rules, more, now) => {
        const before = ask(policyOf(...rules), who, 'portal', now).required
        const after = ask(policyOf(...rules, more), who, 'portal', now).required
        expect(same(join(before, after), after)).toBe(true)
      }),
    )
  })

  test('the order does not matter to what is demanded', () => {
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 5 }), fc.nat(1000), (rules, now) => {
        const there = ask(policyOf(...rules), who, 'portal', now).required
        const back = ask(policyOf(...[...rules].reverse()), who, 'portal', now).required
        expect(same(there, back)).toBe(true)
      }),
    )
  })
})

const rank = (one: Rule, now: number): number => STAGES.indexOf(stageOf(one, now))
const same = (a: Requirement, b: Requirement): boolean => {
  const sorted = (r: Requirement) => ({ ...r, permitted: r.permitted && [...r.permitted].sort() })
  return JSON.stringify(Object.entries(sorted(a)).sort()) === JSON.stringify(Object.entries(sorted(b)).sort())
}

const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined })
/** Any rule that the configuration accepts: stages in order, each of them absent or not. */
const anyRule: fc.Arbitrary<Rule> = fc
  .record({
    stages: fc.array(fc.nat(1000), { minLength: 3, maxLength: 3 }),
    present: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    pause: maybe(fc.nat(1000)),
    percent: maybe(fc.integer({ min: 1, max: 100 })),
    demand: fc.constantFrom(MFA, PHR, requirement({ identity: 'high' }), {
      ...MFA,
      permitted: ['totp', 'password'],
    }),
  })
  .map(({ stages, present, pause, percent, demand }) => {
    const [announce, prompt, require] = [...stages]
      .sort((a, b) => a - b)
      .map((at, i) => (present[i] ? at : undefined))
    const given = Object.entries({ announce, prompt, require, pause, percent }).filter(
      ([, v]) => v !== undefined,
    )
    return { name: 'any', demand, ...Object.fromEntries(given) }
  })
