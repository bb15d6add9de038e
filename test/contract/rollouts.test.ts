import type { RolloutCount } from '../../src/journey/ports.ts'
import { withStores } from '../support/admin.ts'
import { embedded, postgres } from '../support/backends.ts'

const AT = Date.parse('2025-04-15T12:00:00+02:00')
const count = (more: Partial<RolloutCount> = {}): RolloutCount => ({
  rule: 'everybody',
  stage: 'prompt',
  hour: AT,
  group: 'citizens',
  what: 'enrolled',
  detail: '',
  n: 1,
  ...more,
})

describe.each([embedded, postgres])('What becomes of people in a roll-out, in $name,', ({ open }) => {
  test('is summed up over instances and hours, and nothing is lost where many write at once', async () => {
    await withStores(await open(), async ({ stores: { rollouts } }) => {
      const some = [
        count(),
        count({ what: 'stuck', detail: 'gave up' }),
        count({ hour: AT + 3600_000, n: 2 }),
      ]
      await Promise.all(Array.from({ length: 8 }, (_, i) => rollouts.add(i % 2 ? some : some.toReversed())))
      expect(await rollouts.sums(0)).toEqual(
        expect.arrayContaining([
          { rule: 'everybody', stage: 'prompt', group: 'citizens', what: 'enrolled', detail: '', n: 24 },
          { rule: 'everybody', stage: 'prompt', group: 'citizens', what: 'stuck', detail: 'gave up', n: 8 },
        ]),
      )
      const window = { rule: 'everybody', stage: 'prompt' } as const
      expect(await rollouts.endings({ ...window, since: 0 })).toEqual({ enrolled: 24, stuck: 8 })
      expect(await rollouts.endings({ ...window, since: AT + 1 })).toEqual({ enrolled: 16, stuck: 0 })
      expect(await rollouts.endings({ ...window, stage: 'require', since: 0 })).toEqual({
        enrolled: 0,
        stuck: 0,
      })
    })
  })

  test('pulls a brake once for each release, with one audit row', async () => {
    await withStores(await open(), async ({ stores: { rollouts }, pool }) => {
      const pull = (at: number, released: number) =>
        rollouts.pull({ rule: 'everybody', at }, released, {
          event: 'policy.braked',
          rule: 'everybody',
          by: 'everybody',
          stage: 'prompt',
          enrolled: 1,
          stuck: 9,
        })
      const first = await Promise.all([1, 2, 3, 4, 5].map((n) => pull(AT + n, -Infinity)))
      expect(first.filter(Boolean)).toHaveLength(1)
      expect(await pull(AT + 100, AT + 50)).toBe(true)
      expect(await pull(AT + 101, AT + 50)).toBe(false)
      expect(await rollouts.pulls()).toHaveLength(2)
      const { rows } = await pool.query("SELECT data FROM audit WHERE event = 'policy.braked'")
      expect(rows).toHaveLength(2)
      expect(rows[0].data).toEqual({
        rule: 'everybody',
        by: 'everybody',
        stage: 'prompt',
        enrolled: 1,
        stuck: 9,
      })
    })
  })
})
