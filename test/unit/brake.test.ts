import fc from 'fast-check'
import {
  type Brake,
  braked,
  fails,
  HOLDS_AFTER,
  hasMore,
  type Pull,
  watched,
} from '../../src/domain/brake.ts'
import { ask, type Policy, type Rule, STAGES, type Stage, stageOf } from '../../src/domain/policy.ts'
import { createBrakes } from '../../src/observe/brakes.ts'
import { createCounts } from '../../src/observe/counts.ts'
import { createLogger } from '../../src/observe/logger.ts'
import { requirement } from '../support/worlds.ts'

const DATE = Date.parse('2025-04-29T00:00:00+02:00')
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const BRAKE: Brake = { failureShare: 0.05, atLeast: 200 }
const rule = (more: Partial<Rule> = {}): Rule => ({
  name: 'everybody',
  demand: requirement({ distinctKinds: 2 }),
  prompt: DATE - 100 * HOUR,
  require: DATE,
  brake: BRAKE,
  ...more,
})
const policyOf = (...rules: Rule[]): Policy => ({ levels: [], rules, epoch: 'e' })
const pullAt = (at: number): Pull => ({ rule: 'everybody', at })
const stageUnder = (one: Rule, pulls: Pull[], now: number) =>
  braked(policyOf(one), pulls).rules.map((r) => stageOf(r, now))[0]

describe('A brake', () => {
  test.each([
    [199, 0, false],
    [0, 199, false],
    [190, 10, false],
    [189, 11, true],
    [1_900, 100, false],
    [1_900, 101, true],
    [0, 200, true],
  ])('is pulled above its share and number: %i set up, %i stuck: %s', (enrolled, stuck, pulled) => {
    expect(fails(BRAKE, { enrolled, stuck })).toBe(pulled)
  })

  test('that is pulled keeps the next stage from beginning, and the date is no longer announced', () => {
    const pulls = [pullAt(DATE - HOUR)]
    expect(stageUnder(rule(), [], DATE)).toBe('require')
    expect(stageUnder(rule(), pulls, DATE)).toBe('prompt')
    expect(stageUnder(rule(), pulls, DATE + 1e12)).toBe('prompt')
    const who = { id: 'a', group: 'g' }
    expect(ask(braked(policyOf(rule()), pulls), who, 'c', DATE - 1)).not.toHaveProperty('announced')
  })

  test('lets begin what begins within a minute after: by then every instance has heard of it', () => {
    expect(stageUnder(rule(), [pullAt(DATE - MINUTE)], DATE)).toBe('require')
    expect(stageUnder(rule(), [pullAt(DATE - MINUTE - 1)], DATE)).toBe('prompt')
    expect(HOLDS_AFTER).toBe(MINUTE)
  })

  test('is released by a later instant in the configuration, or by taking it away, and by nothing else', () => {
    const pulls = [pullAt(DATE - HOUR)]
    const { brake: _, ...without } = rule()
    expect(stageUnder(rule({ brake: { ...BRAKE, released: DATE - HOUR } }), pulls, DATE)).toBe('require')
    expect(stageUnder(rule({ brake: { ...BRAKE, released: DATE - HOUR - 1 } }), pulls, DATE)).toBe('prompt')
    expect(stageUnder(without, pulls, DATE)).toBe('require')
    expect(stageUnder(rule({ brake: { failureShare: 0.9, atLeast: 1e6 } }), pulls, DATE)).toBe('prompt')
  })

  test('of one rule holds no other', () => {
    const other = rule({ name: 'employers' })
    const stages = braked(policyOf(rule(), other), [pullAt(DATE - HOUR)]).rules.map((r) => stageOf(r, DATE))
    expect(stages).toEqual(['prompt', 'require'])
  })

  test('has nothing to hold once the last stage has begun, or is about to', () => {
    expect([-2 * MINUTE, -MINUTE, 0, HOUR].map((ms) => hasMore(rule(), DATE + ms))).toEqual([
      true,
      false,
      false,
      false,
    ])
    expect(hasMore(rule({ pause: DATE - 1 }), DATE - HOUR)).toBe(false)
  })

  test('judges the present stage of the rules it watches, since they began and since it was released', () => {
    const pilot = rule({ name: 'pilot', require: DATE - 50.5 * HOUR })
    const wide = rule({ brake: { ...BRAKE, watch: ['pilot'] } })
    const at = DATE - 10 * HOUR
    expect(watched(wide, policyOf(pilot, wide), at)).toEqual([
      { rule: 'pilot', stage: 'require', since: DATE - 51 * HOUR },
    ])
    const released = { ...wide, brake: { ...BRAKE, watch: ['pilot'], released: DATE - 20.5 * HOUR } }
    expect(watched(released, policyOf(pilot, released), at)).toEqual([
      { rule: 'pilot', stage: 'require', since: DATE - 20 * HOUR },
    ])
    expect(watched(rule(), policyOf(pilot, rule()), at)).toEqual([
      { rule: 'everybody', stage: 'prompt', since: DATE - 100 * HOUR },
    ])
    expect(watched(rule(), policyOf(rule()), DATE - 101 * HOUR)).toEqual([])
  })

  const times = fc.integer({ min: DATE - 300 * HOUR, max: DATE + 300 * HOUR })
  const anyRule = fc
    .record({
      stages: fc.array(times, { minLength: 3, maxLength: 3 }),
      pause: fc.option(times, { nil: undefined }),
      released: fc.option(times, { nil: undefined }),
    })
    .map(({ stages, pause, released }) => {
      const [announce = 0, prompt = 0, require = 0] = stages.toSorted((a, b) => a - b)
      return rule({
        announce,
        prompt,
        require,
        ...(pause === undefined ? {} : { pause }),
        brake: { ...BRAKE, ...(released === undefined ? {} : { released }) },
      })
    })
  const rank = (stage: Stage | undefined) => STAGES.indexOf(stage ?? 'before')

  test('never takes back what has begun by the time it holds, and never lets anything begin sooner', () => {
    let held = 0
    fc.assert(
      fc.property(anyRule, fc.array(times, { maxLength: 3 }), times, (one, pulledAt, now) => {
        const pulls = pulledAt.map(pullAt)
        const [with_, without] = [rank(stageUnder(one, pulls, now)), rank(stageOf(one, now))]
        if (with_ < without) held++
        expect(with_).toBeLessThanOrEqual(without)
        const holdsFrom = Math.min(...pulledAt) + HOLDS_AFTER
        expect(with_).toBeGreaterThanOrEqual(rank(stageOf(one, Math.min(now, holdsFrom))))
        // Time alone never takes anything back.
        expect(rank(stageUnder(one, pulls, now + HOUR))).toBeGreaterThanOrEqual(with_)
      }),
      { numRuns: 2_000 },
    )
    expect(held).toBeGreaterThan(10)
  })

  test('can only be pulled, never be un-pulled, by one pull more', () => {
    fc.assert(
      fc.property(anyRule, fc.array(times, { maxLength: 3 }), times, times, (one, before, more, now) => {
        const pulls = before.map(pullAt)
        const later = [...pulls, pullAt(more)]
        expect(rank(stageUnder(one, later, now))).toBeLessThanOrEqual(rank(stageUnder(one, pulls, now)))
      }),
    )
  })
})

test('Where it cannot be read what is pulled, what was last known stays in force', async () => {
  let broken = false
  const brakes = createBrakes({
    rollouts: {
      async pulls() {
        if (broken) throw new Error('no database')
        return [pullAt(DATE - HOUR)]
      },
      endings: async () => ({ enrolled: 0, stuck: 0 }),
      pull: async () => true,
    },
    policy: () => policyOf(rule()),
    log: createLogger('silent'),
    now: () => DATE,
  })
  await brakes.review()
  broken = true
  await expect(brakes.review()).rejects.toThrow('no database')
  expect(brakes.held()).toEqual(['everybody'])
  expect(brakes.applied(policyOf(rule())).rules.map((one) => stageOf(one, DATE))).toEqual(['prompt'])
})

test('What cannot be written is counted all the same, with what comes after it, exactly once', async () => {
  const written: number[] = []
  let broken = true
  const counts = createCounts(
    {
      async add(some) {
        if (broken) throw new Error('no database')
        written.push(...some.map(({ n }) => n))
      },
    },
    () => DATE,
  )
  const one = { rule: 'r', stage: 'prompt', group: 'g', what: 'seen', detail: '' } as const
  counts.count(one)
  counts.count(one)
  await expect(counts.flush()).rejects.toThrow('no database')
  counts.count(one)
  broken = false
  await counts.flush()
  await counts.flush()
  expect(written).toEqual([3])
})
