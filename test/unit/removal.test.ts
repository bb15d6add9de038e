import fc from 'fast-check'
import type { Requirement } from '../../src/domain/assurance.ts'
import type { Held } from '../../src/domain/decide.ts'
import type { Policy, Rule } from '../../src/domain/policy.ts'
import { type Demand, demandsAhead, mayRemove } from '../../src/domain/removal.ts'
import { FACTORS, KINDS, NAMES, type Name, NOW, PERMITTED, requirement } from '../support/worlds.ts'

const MFA = requirement({ distinctKinds: 2 })
const PHR = requirement({ distinctKinds: 2, phishingResistant: true })
const HIGH = requirement({ distinctKinds: 2, identity: 'high' })

type Owned = Name | `${Name} suspended`
const held = (...owned: Owned[]): Held[] =>
  owned.map((one, i) => {
    const [name, suspended] = one.split(' ') as [Name, string | undefined]
    return { id: `${name}${i}`, ...KINDS[name], suspended: suspended !== undefined }
  })

describe('Never without a factor:', () => {
  test.each<[string, Owned[], number, Demand[], boolean]>([
    ['one of two passkeys goes', ['pw', 'pk', 'pk'], 2, [[MFA]], true],
    ['the app goes beside a passkey', ['pw', 'totp', 'pk'], 1, [[MFA]], true],
    ['the passkey goes beside the app', ['pw', 'totp', 'pk'], 2, [[MFA]], true],
    ['the only second factor stays', ['pw', 'totp'], 1, [[MFA]], false],
    ['the only second factor goes where one suffices', ['pw', 'totp'], 1, [[requirement()]], true],
    ['the only way to begin a login stays', ['pw', 'totp'], 0, [[requirement()]], false],
    ['the password goes beside a passkey', ['pw', 'pk'], 0, [[MFA]], true],
    ['the last credential stays', ['pk'], 0, [[requirement()]], false],
    ['what resists phishing stays where that is demanded', ['pw', 'totp', 'pk'], 2, [[MFA], [PHR]], false],
    ['what proves the identity stays where that is demanded', ['pw', 'totp', 'eid'], 2, [[HIGH]], false],
    ['what was out of reach before holds nothing back', ['pw', 'totp', 'pk'], 1, [[HIGH], [MFA]], true],
    ['one of several levels is enough', ['pw', 'totp', 'pk'], 2, [[PHR, MFA]], true],
    ['a suspended passkey does not stand in', ['pw', 'totp', 'pk suspended'], 1, [[MFA]], false],
    ['a suspended passkey may go', ['pw', 'totp', 'pk suspended'], 2, [[MFA]], true],
    [
      'only permitted factors stand in',
      ['pw', 'totp', 'pk'],
      1,
      [[{ ...MFA, permitted: ['password', 'totp'] }]],
      false,
    ],
  ])('%s', (_, owned, at, demands, expected) => {
    const credentials = held(...owned)
    expect(mayRemove(credentials, credentials[at]?.id ?? '', FACTORS, demands)).toBe(expected)
  })

  test('codes for an emergency and factors that are no longer registered do not stand in', () => {
    const credentials = held('pw', 'totp', 'pk')
    const codes = FACTORS.map((f) => (f.id === 'webauthn' ? { ...f, helpsOut: true } : f))
    const without = FACTORS.filter((f) => f.id !== 'webauthn')
    for (const factors of [codes, without]) {
      expect(mayRemove(credentials, 'totp1', factors, [[MFA]])).toBe(false)
      expect(mayRemove(credentials, 'pk2', factors, [[MFA]])).toBe(true)
    }
  })

  test('whatever is removed, in whatever order, each demand that was met stays met and a login can begin', () => {
    const owned = fc.array(
      fc
        .tuple(fc.constantFrom(...NAMES), fc.boolean())
        .map(([name, s]): Owned => (s ? `${name} suspended` : name)),
      { minLength: 1, maxLength: 7 },
    )
    const demand = fc.array(anyRequirement, { minLength: 1, maxLength: 2 })
    fc.assert(
      fc.property(
        owned,
        fc.array(demand, { maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        (owned, demands, picks) => {
          let left = held(...owned)
          const met = demands.filter((d) => meets(left, d))
          const begins = left.some(identifies)
          for (const pick of picks.take(owned.length)) {
            const id = left[pick % Math.max(1, left.length)]?.id ?? ''
            if (mayRemove(left, id, FACTORS, demands)) left = left.filter((c) => c.id !== id)
          }
          expect(met.filter((d) => !meets(left, d))).toEqual([])
          expect(left.some(identifies)).toBe(begins)
        },
      ),
    )
  })
})

const anyRequirement: fc.Arbitrary<Requirement> = fc
  .record({
    distinctKinds: fc.constantFrom(1 as const, 2 as const),
    phishingResistant: fc.boolean(),
    identity: fc.constantFrom('none' as const, 'substantial' as const, 'high' as const),
    permitted: fc.constantFrom(...PERMITTED),
  })
  .map(({ permitted, ...rest }) => ({ ...rest, ...(permitted ? { permitted } : {}) }))

/** Said anew, without what the rule is made of. */
function meets(credentials: readonly Held[], demand: Demand): boolean {
  return demand.some((r) => {
    const good = credentials.filter((c) => !c.suspended && (!r.permitted || r.permitted.includes(c.factor)))
    const order = ['none', 'low', 'substantial', 'high']
    return (
      new Set(good.flatMap((c) => c.strength.kinds)).size >= r.distinctKinds &&
      (!r.phishingResistant || good.some((c) => c.strength.phishingResistant)) &&
      good.some((c) => order.indexOf(c.strength.identity) >= order.indexOf(r.identity))
    )
  })
}
const identifies = (c: Held): boolean => !c.suspended && c.factor !== 'totp'

describe('What may be demanded at the next login', () => {
  const who = { id: 'a1', group: 'citizens' }
  const policyWith = (...rules: Rule[]): Policy => ({
    levels: [
      { acr: 'phr', requirement: PHR },
      { acr: 'mfa', requirement: MFA },
    ],
    rules,
    epoch: 'e',
  })
  const rule = (more: Partial<Rule>): Rule => ({ name: 'r', demand: MFA, ...more })
  const strictest = (policy: Policy, clients: Parameters<typeof demandsAhead>[2] = []) =>
    demandsAhead(policy, who, clients, NOW)
      .flat()
      .reduce((n, r) => Math.max(n, r.distinctKinds + (r.phishingResistant ? 1 : 0)), 0)

  test.each<[string, Rule, number]>([
    ['what is required', rule({ require: NOW }), 2],
    ['what is announced and will be required', rule({ announce: NOW, require: NOW + 1 }), 2],
    ['what is offered and will be required', rule({ prompt: NOW, require: NOW + 1 }), 2],
    ['not what nobody has been told of yet', rule({ announce: NOW + 1, require: NOW + 2 }), 1],
    ['not what is offered and nothing more', rule({ prompt: NOW }), 1],
    ['not what a pause holds', rule({ prompt: NOW, require: NOW + 2, pause: NOW + 1 }), 1],
    ['what applied before a pause', rule({ require: NOW - 2, pause: NOW - 1 }), 2],
    ['not what is for other groups', rule({ require: NOW, groups: ['employers'] }), 1],
    ['not what is for a client that is not configured', rule({ require: NOW, clients: ['gone'] }), 1],
  ])('is %s', (_, one, kinds) => {
    expect(strictest(policyWith(one))).toBe(kinds)
  })

  test('is what any client demands, by rule, by its own floor, or by the levels it asks for', () => {
    const own = policyWith(rule({ require: NOW, clients: ['bank'], demand: PHR }))
    expect(strictest(own, [{ clientId: 'portal' }])).toBe(1)
    expect(strictest(own, [{ clientId: 'portal' }, { clientId: 'bank' }])).toBe(3)
    expect(strictest(policyWith(), [{ clientId: 'bank', requirement: PHR }])).toBe(3)
    expect(strictest(policyWith(), [{ clientId: 'bank', defaultAcrValues: ['phr'] }])).toBe(3)
  })

  test('is each stage on the way, where the last one is out of reach', () => {
    const policy = policyWith(
      rule({ announce: NOW, require: NOW + 1 }),
      rule({ name: 'later', announce: NOW, require: NOW + 2, demand: HIGH }),
    )
    const demands = demandsAhead(policy, who, [], NOW)
    const credentials = held('pw', 'totp')
    expect(mayRemove(credentials, 'totp1', FACTORS, demands)).toBe(false)
  })
})
